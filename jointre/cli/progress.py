"""A bar with rate and remaining time for work of which the size is known or not."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Protocol

from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    ProgressColumn,
    Task,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)
from rich.text import Text

from jointre.cli.console import err, note, state

LINE_SECONDS = 30


class Advance(Protocol):
    """To be called when items are done: one, or ``count``."""

    def __call__(self, count: int = 1) -> None:
        """Count them."""


class Rate(ProgressColumn):
    """Items a second, once there are some."""

    def render(self, task: Task) -> Text:
        """``123/s``, or nothing yet."""
        return Text(f"{task.speed:.0f}/s" if task.speed else "")


class Lines:
    """What stands for the bar where there is no terminal: a line every half a minute."""

    def __init__(self, what: str, total: int | None) -> None:
        self.what, self.of = what, "" if total is None else f" of {total}"
        self.done, self.begun = 0, time.monotonic()
        self.told = self.begun

    def __call__(self, count: int = 1) -> None:
        """Count, and tell if it is time."""
        self.done += count
        now = time.monotonic()
        if now - self.told >= LINE_SECONDS:
            self.told = now
            note(f"{self.what}: {self.done}{self.of}, {self.done / (now - self.begun):.0f}/s")


@contextmanager
def counted(what: str, total: int | None = None, show: bool = True) -> Iterator[Advance]:
    """Gives a function to call after each item, or after several with their number.

    Shows nothing if the call is quiet, or ``show`` is false (results go to that terminal); and a line now and then if
    stderr is no terminal.
    """
    if state.quiet or not show:
        yield lambda count=1: None
        return
    if not err().is_terminal:
        yield Lines(what, total)
        return
    remaining = TimeRemainingColumn() if total is not None else TimeElapsedColumn()
    columns = (TextColumn(what), BarColumn(), MofNCompleteColumn(), Rate(), remaining)
    with Progress(*columns, console=err(), transient=True) as bar:
        task = bar.add_task(what, total=total)
        yield lambda count=1: bar.advance(task, count)
