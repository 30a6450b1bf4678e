"""A bar with rate and remaining time for work of which the size is known or not."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from jointre.cli.console import err, state


@contextmanager
def counted(what: str, total: int | None = None) -> Iterator[Callable[[], None]]:
    """Gives a function to call after each item; shows nothing where stderr is no terminal or the call is quiet."""
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    if state.quiet or not err().is_terminal:
        yield lambda: None
        return
    columns = (
        TextColumn(what),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("{task.speed:.0f}/s"),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=err(), transient=True) as bar:
        task = bar.add_task(what, total=total)
        bar.tasks[0].fields.setdefault("speed", 0)
        yield lambda: bar.advance(task)
