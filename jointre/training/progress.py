"""Progress of a run: a bar with loss and speed in a terminal, a line every 15 seconds elsewhere."""

import time
from collections.abc import Mapping
from datetime import timedelta
from types import TracebackType
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeElapsedColumn

from jointre.training.epoch_stats import EpochStats

EVERY_SECONDS = 15.0
BAR_SECONDS = 0.5


class TrainingProgress:
    """A context manager that shows progress: call `step` after each update, `say` for a line that stays.

    Args:
        total: number of updates.
        console: on which to print, usually stderr.
        quiet: show nothing.
        done: number of updates made in earlier parts of the run.
    """

    def __init__(self, total: int, console: Console, quiet: bool = False, done: int = 0) -> None:
        self.total = total
        self.done = done
        self.console = console
        self.quiet = quiet
        self.bar: Progress | None = None
        self._task = TaskID(0)
        self._begun = self._last = time.monotonic()

    def __enter__(self) -> "TrainingProgress":
        if self.console.is_terminal and not self.quiet:
            columns = (
                TextColumn("epoch {task.fields[epoch]}"),
                BarColumn(bar_width=None),
                TextColumn("{task.completed:.0f}/{task.total:.0f}  loss {task.fields[loss]:.4f}"),
                TextColumn("{task.fields[speed]:.1f} docs/s"),
                TimeElapsedColumn(),
                TextColumn("{task.fields[left]}"),
            )
            self.bar = Progress(*columns, console=self.console, transient=True)
            self._task = self.bar.add_task(
                "", total=self.total, completed=self.done, epoch=1, loss=0.0, speed=0.0, left=""
            )
            self.bar.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self.bar is not None:
            self.bar.stop()

    def step(self, step: int, stats: EpochStats) -> None:
        """Show progress after update ``step``. Losses are read only now and then, because that waits for a GPU."""
        every = BAR_SECONDS if self.bar is not None else EVERY_SECONDS
        last = self.bar is not None and step == self.total
        if self.quiet or (time.monotonic() - self._last < every and not last):
            return
        self._last = time.monotonic()
        epoch, loss, speed = stats.epoch + 1, stats.means()["loss"], stats.speed
        left = f"{self._left(step)} left"
        if self.bar is not None:
            self.bar.update(self._task, completed=step, epoch=epoch, loss=loss, speed=speed, left=left)
        else:
            line = f"epoch {epoch}  update {step}/{self.total}  loss {loss:.4f}  {speed:.1f} docs/s"
            self.say(f"{line}  {left}")

    def _left(self, step: int) -> timedelta:
        """Estimate the time for the remaining updates, evaluations included, from the pace so far."""
        pace = (time.monotonic() - self._begun) / max(step - self.done, 1)
        return timedelta(seconds=round(pace * (self.total - step)))

    def epoch(self, values: Mapping[str, Any]) -> None:
        """Receive what is logged for an epoch that has ended; `say` has already shown it."""

    def say(self, text: str) -> None:
        """Print a line that stays, above the bar."""
        if not self.quiet:
            self.console.print(text, highlight=False, markup=False, soft_wrap=True)
