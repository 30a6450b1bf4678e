"""What is printed to a terminal, as plain text where there is none."""

from collections.abc import Callable
from io import StringIO

from rich.console import Console
from rich.text import Text

from jointre.console import SafeConsole

Printer = Callable[[Console], None]


def show(printer: Printer, console: Console) -> None:
    """Have ``printer`` print; the same as plain text, without blanks at the ends of lines, if there is no terminal."""
    if console.is_terminal:
        printer(console)
    else:
        console.print(Text(as_text(printer, console.width)), end="", soft_wrap=True)


def as_text(printer: Printer, width: int) -> str:
    """What ``printer`` prints on a console of ``width`` columns, as plain text."""
    console = SafeConsole(file=StringIO(), width=width, force_terminal=False, color_system=None)
    with console.capture() as capture:
        printer(console)
    return "".join(f"{line.rstrip()}\n" for line in capture.get().splitlines())
