"""Show progress with speed and remaining time, for work of known or unknown size."""

import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import TypeVar

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


class Counter:
    """Counts items when it is called, and shows nothing."""

    def __call__(self, count: int = 1) -> None:
        """Count one item that is done, or several."""

    def expect(self, total: int) -> None:
        """Tell how many items there will be, if that was not known before."""


class Rate(ProgressColumn):
    """A column with the items per second."""

    def render(self, task: Task) -> Text:
        """Return ``123/s``, or nothing at the start."""
        return Text(f"{task.speed:.0f}/s" if task.speed else "")


class TimeLeft(ProgressColumn):
    """A column with the remaining time, or with the time so far while the total is not known."""

    def __init__(self) -> None:
        super().__init__()
        self._left, self._so_far = TimeRemainingColumn(), TimeElapsedColumn()

    def render(self, task: Task) -> Text:
        """Return ``0:01:10``."""
        return (self._so_far if task.total is None else self._left).render(task)


class Bar(Counter):
    """Advance a bar in a terminal."""

    def __init__(self, bar: Progress, what: str, total: int | None) -> None:
        self.bar, self.task = bar, bar.add_task(what, total=total)

    def __call__(self, count: int = 1) -> None:
        """Count items."""
        self.bar.advance(self.task, count)

    def expect(self, total: int) -> None:
        """See `Counter.expect`."""
        self.bar.update(self.task, total=total)


class Lines(Counter):
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

    def expect(self, total: int) -> None:
        """See `Counter.expect`."""
        self.total = total

    def _line(self, speed: float) -> str:
        """Return ``documents: 93 of 500, 3.0/s, 0:02:16 left``; the time is unknown without a total."""
        shown = f"{speed:.1f}/s" if speed < 10 else f"{speed:.0f}/s"
        if self.total is None:
            return f"{self.what}: {self.done}, {shown}"
        left = timedelta(seconds=round(max(self.total - self.done, 0) / speed)) if speed else "unknown time"
        return f"{self.what}: {self.done} of {self.total}, {shown}, {left} left"


@contextmanager
def counted(what: str, total: int | None = None, show: bool = True) -> Iterator[Counter]:
    """Give a counter to call after each item, or after several items with their number.

    Show nothing with ``--quiet``, or if ``show`` is false (because results go to the same terminal). Print a line every
    15 seconds if stderr is not a terminal.
    """
    if state.quiet or not show:
        yield Counter()
        return
    if not err().is_terminal:
        yield Lines(what, total)
        return
    columns = (TextColumn(what), BarColumn(), MofNCompleteColumn(), Rate(), TimeLeft())
    with Progress(*columns, console=err(), transient=True) as bar:
        yield Bar(bar, what, total)


def to_end(items: Iterable[T], expect: Callable[[int], None]) -> Iterator[T]:
    """Yield items, and tell at the end how many there were."""
    total = 0
    for item in items:
        total += 1
        yield item
    expect(total)
