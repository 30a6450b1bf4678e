"""A bar with rate and remaining time for work of which the size is known or not."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

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

from jointre.cli.console import err, state


class Rate(ProgressColumn):
    """Items a second, once there are some."""

    def render(self, task: Task) -> Text:
        """``123/s``, or nothing yet."""
        return Text(f"{task.speed:.0f}/s" if task.speed else "")


@contextmanager
def counted(what: str, total: int | None = None, show: bool = True) -> Iterator[Callable[[], None]]:
    """Gives a function to call after each item.

    Shows nothing if stderr is no terminal, the call is quiet, or ``show`` is false (results go to that terminal).
    """
    if state.quiet or not show or not err().is_terminal:
        yield lambda: None
        return
    time = TimeRemainingColumn() if total is not None else TimeElapsedColumn()
    columns = (TextColumn(what), BarColumn(), MofNCompleteColumn(), Rate(), time)
    with Progress(*columns, console=err(), transient=True) as bar:
        task = bar.add_task(what, total=total)
        yield lambda: bar.advance(task)
