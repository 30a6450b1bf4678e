"""Show progress with speed and remaining time, for work of known or unknown size."""

import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Protocol, TypeVar

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

T = TypeVar("T")
LINE_SECONDS = 15


class Advance(Protocol):
    """A function to call when one item is done, or ``count`` items."""

    def __call__(self, count: int = 1) -> None:
        """Count items."""


class Rate(ProgressColumn):
    """A column with the items per second."""

    def render(self, task: Task) -> Text:
        """Return ``123/s``, or nothing at the start."""
        return Text(f"{task.speed:.0f}/s" if task.speed else "")


class Lines:
    """Print a line every 15 seconds; this replaces the bar if there is no terminal."""

    def __init__(self, what: str, total: int | None) -> None:
        self.what, self.total = what, total
        self.done, self.begun = 0, time.monotonic()
        self.shown = self.begun

    def __call__(self, count: int = 1) -> None:
        """Count items, and print a line if it is time."""
        self.done += count
        now = time.monotonic()
        if now - self.shown >= LINE_SECONDS:
            self.shown = now
            note(self._line(self.done / (now - self.begun)))

    def _line(self, speed: float) -> str:
        """Return ``documents: 93 of 500, 3.0/s, 0:02:16 left``; the time is unknown without a total."""
        shown = f"{speed:.1f}/s" if speed < 10 else f"{speed:.0f}/s"
        if self.total is None:
            return f"{self.what}: {self.done}, {shown}"
        left = timedelta(seconds=round(max(self.total - self.done, 0) / speed)) if speed else "unknown time"
        return f"{self.what}: {self.done} of {self.total}, {shown}, {left} left"


@contextmanager
def counted(what: str, total: int | None = None, show: bool = True) -> Iterator[Advance]:
    """Give a function to call after each item, or after several items with their number.

    Show nothing with ``--quiet``, or if ``show`` is false (because results go to the same terminal). Print a line every
    15 seconds if stderr is not a terminal.
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


def each(items: Iterable[T], advance: Advance) -> Iterator[T]:
    """Yield items, and count them."""
    for item in items:
        advance()
        yield item
