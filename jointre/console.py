"""The console that commands print to, and the format of counts, shares and scores.

The console never prints characters with which a file name, label or id could control the terminal.
"""

import os
import sys
from collections.abc import Callable, Iterable
from io import StringIO
from typing import Any

from rich.console import Console, ConsoleOptions, RenderableType
from rich.segment import Segment
from rich.text import Text

from jointre.printable import UNSAFE, clean_lines


class SafeConsole(Console):
    """Cleans everything it prints, so that no caller needs to; styles, bars and links of rich are unchanged.

    Names between colons, such as ``:dog:``, stay text.
    """

    def __init__(self, **options: Any) -> None:
        super().__init__(**options, emoji=False)

    def render(
        self, renderable: RenderableType, options: ConsoleOptions | None = None, **more: Any
    ) -> Iterable[Segment]:
        """Render to segments; tables and panels call this for each of their parts."""
        for segment in super().render(renderable, options, **more):
            text, style, control = segment
            yield segment if control or not UNSAFE.search(text) else Segment(clean_lines(text), style)


def stdout_console() -> SafeConsole:
    """Return the console for results; in a pipe or file it is 120 columns wide unless COLUMNS is set."""
    terminal = sys.stdout.isatty()
    width = None if terminal or "COLUMNS" in os.environ else 120
    return SafeConsole(file=sys.stdout, soft_wrap=not terminal, width=width)


NOTHING = "-"


def percent(share: float | None) -> str:
    """Return a fraction times 100, with two decimals."""
    return NOTHING if share is None else f"{100 * share:.2f}"


def signed(share: float | None) -> str:
    """Return a difference times 100, with two decimals and a sign unless it is 0."""
    if share is None:
        return NOTHING
    text = f"{100 * share:+.2f}"
    return "0.00" if text in ("+0.00", "-0.00") else text


def number_of(count: int, thing: str) -> str:
    """Return ``1 document``, ``2 documents``, ``2 entities``."""
    if count == 1:
        return f"1 {thing}"
    return f"{count} {thing[:-1]}ies" if thing.endswith("y") else f"{count} {thing}s"


def share(count: int, total: int) -> str:
    """Return a share in percent with two decimals; never 0.00 if it is not zero."""
    percent = 100 * count / total if total else 0.0
    return "<0.01 %" if 0 < percent < 0.005 else f"{percent:.2f} %"


def part_of(count: int, total: int, thing: str) -> str:
    """Return ``2 of 3377 entities (0.06 %)``."""
    return f"{count} of {number_of(total, thing)} ({share(count, total)})"


Printer = Callable[[Console], None]


def show(printer: Printer, console: Console) -> None:
    """Print on a terminal, or as plain text without trailing blanks if the console is not a terminal."""
    if console.is_terminal:
        printer(console)
    else:
        console.print(Text(as_text(printer, console.width)), end="", soft_wrap=True)


def as_text(printer: Printer, width: int) -> str:
    """Return what ``printer`` prints on a console of ``width`` columns, as plain text."""
    console = SafeConsole(file=StringIO(), width=width, force_terminal=False, color_system=None)
    with console.capture() as capture:
        printer(console)
    return "".join(f"{line.rstrip()}\n" for line in capture.get().splitlines())
