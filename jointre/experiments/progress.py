"""How an experiment shows itself: a table of the runs in work in a terminal, a line a run elsewhere."""

import json
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from types import TracebackType
from typing import Any

from rich.console import Console, Group
from rich.live import Live
from rich.table import Table
from rich.text import Text

from jointre.experiments.results.read import RESULT
from jointre.experiments.spec import Run


@dataclass
class InWork:
    """What is known of a run in work."""

    run: Run
    epochs: int
    begun: float
    first: int = 0  # the update it began at
    since: float = 0.0  # when the first update of this part began
    step: int = 0
    total: int = 0
    epoch: int = 0
    loss: float | None = None
    dev: float | None = None
    phase: str = "starting"

    def remaining(self) -> float | None:
        """Seconds that its training will take, by those that it has taken."""
        made = self.step - self.first
        if made <= 0 or not self.total:
            return None
        return (time.monotonic() - self.since) / made * (self.total - self.step)

    def whole(self) -> float | None:
        """Seconds that all of it takes."""
        remaining = self.remaining()
        if remaining is None:
            return None
        share = (self.total - self.first) / max(self.step - self.first, 1)
        return self.since - self.begun + (time.monotonic() - self.since) * share


class View:
    """A context manager that is told what happens.

    Args:
        console: where to write (stderr).
        total: runs of the experiment.
        complete: runs that were complete before.
        figure: the dev figure to show of a run in work.
        workers: runs at once, for the estimate.
        quiet: show nothing but failures.
    """

    def __init__(
        self, console: Console, total: int, complete: int, figure: str, workers: int = 1, quiet: bool = False
    ) -> None:
        self.console, self.quiet, self.figure, self.workers = console, quiet, figure, workers
        self.total, self.complete, self.failed, self.queued = total, complete, 0, 0
        self.in_work: dict[str, InWork] = {}
        self.took: list[float] = []
        self._live = Live(console=console, get_renderable=self._table, refresh_per_second=4, transient=True)
        self._shows = console.is_terminal and not quiet

    def __enter__(self) -> "View":
        if self._shows:
            self._live.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._shows:
            self._live.stop()

    def begin(self, run: Run, slot: int) -> None:
        """A run begins or goes on."""
        self.in_work[str(run.folder)] = InWork(run, run.config["training.epochs"], time.monotonic())
        if not self._shows:
            self.say(f"begin {name_of(run)}  ({self._counts()})")

    def event(self, run: Run, event: Mapping[str, Any]) -> None:
        """What the process of a run tells."""
        item, kind = self.in_work[str(run.folder)], event.get("event")
        if kind == "train":
            item.first = item.step = event["step"]
            item.total, item.since, item.phase = event["total"], time.monotonic(), "training"
        elif kind == "step":
            item.step, item.epoch, item.loss = event["step"], event["epoch"], event["loss"]
        elif kind == "epoch":
            item.epoch, item.loss = event["epoch"], event["loss"]
            item.dev = event.get("dev", {}).get(self.figure, item.dev)
        elif kind == "score":
            item.phase = "scoring"

    def end(self, run: Run, how: str, error: str = "") -> None:
        """A run is done, failed or interrupted; ``how`` is empty if it has to wait."""
        item = self.in_work.pop(str(run.folder), None)
        seconds = time.monotonic() - item.begun if item else None
        if how.startswith("done"):
            self.complete += 1
            if seconds is not None:
                self.took.append(seconds)
        if how == "failed":
            self.failed += 1
        if how:
            facts = [how, name_of(run)]
            facts += [f"in {_time(seconds)}"] if seconds is not None else []
            facts += [self._score(run)] if how.startswith("done") else []
            facts.append(f"({self._counts()})")
            self.say("  ".join(filter(None, facts)), always=how == "failed")
        if error:
            self.say("".join(f"    {line}\n" for line in error.splitlines()).rstrip("\n"), always=True)

    def say(self, text: str, always: bool = False) -> None:
        """A line that stays."""
        if not self.quiet or always:
            self.console.print(text, highlight=False, markup=False, soft_wrap=True)

    def tick(self, queued: int) -> None:
        """From time to time: the number of runs that wait."""
        self.queued = queued

    def remaining(self) -> float | None:
        """Seconds that everything will take; None while nothing is known of it."""
        wholes = [*self.took, *filter(None, (item.whole() for item in self.in_work.values()))]
        rests = [item.remaining() for item in self.in_work.values()]
        if not wholes:
            return None
        mean = sum(wholes) / len(wholes)
        work = sum(mean if rest is None else rest for rest in rests) + mean * self.queued
        longest = max([rest for rest in rests if rest is not None], default=0.0)
        return max(work / self.workers, longest)

    def _counts(self) -> str:
        failed = f", {self.failed} failed" if self.failed else ""
        rest = self.remaining()
        left = f", {_time(rest)} left" if rest is not None and (self.queued or self.in_work) else ""
        return f"{self.complete} of {self.total} complete{failed}{left}"

    def _score(self, run: Run) -> str:
        with suppress(OSError, ValueError, KeyError, StopIteration):
            corpora = json.loads((run.folder / RESULT).read_text(encoding="utf8"))["corpora"]
            name, part = next(iter(corpora.items()))
            return f"{name} {self.figure} {100 * part['figures'][self.figure]:.2f}"
        return ""

    def _table(self) -> Group:
        folds = any(item.run.fold is not None for item in self.in_work.values())
        columns = ["row", "seed", *(["fold"] if folds else []), "", "epoch", "loss", self.figure, "left"]
        table = Table(box=None, padding=(0, 2, 0, 0), header_style="dim")
        for column in columns:
            table.add_column(column, justify="left" if column in ("row", "") else "right", no_wrap=True)
        for item in self.in_work.values():
            rest = item.remaining()
            table.add_row(
                item.run.variant,
                str(item.run.seed),
                *([str(item.run.fold)] if folds else []),
                item.phase,
                f"{item.epoch}/{item.epochs}" if item.epoch else "",
                f"{item.loss:.4f}" if item.loss is not None else "",
                f"{100 * item.dev:.2f}" if item.dev is not None else "",
                _time(rest) if rest is not None and item.phase == "training" else "",
            )
        return Group(table, Text(self._counts(), style="bold"))


def name_of(run: Run) -> str:
    """How lines call a run: ``sum seed 1 fold 0``."""
    return f"{run.variant} seed {run.seed}" + ("" if run.fold is None else f" fold {run.fold}")


def _time(seconds: float) -> str:
    return str(timedelta(seconds=round(seconds)))
