"""Show the progress of an experiment: in a terminal a table of the active runs, elsewhere a line per event."""

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
class ActiveRun:
    """The progress of an active run."""

    run: Run
    epochs: int
    started: float
    first: int = 0  # the update that it started from
    since: float = 0.0  # when training started
    step: int = 0
    total: int = 0
    epoch: int = 0
    loss: float | None = None
    dev: float | None = None
    phase: str = "starting"

    def remaining(self) -> float | None:
        """Estimate the seconds until the training ends; None before the first update."""
        made = self.step - self.first
        if made <= 0 or not self.total:
            return None
        return (time.monotonic() - self.since) / made * (self.total - self.step)

    def whole(self) -> float | None:
        """Estimate the seconds that the whole run takes; None before the first update."""
        remaining = self.remaining()
        if remaining is None:
            return None
        share = (self.total - self.first) / max(self.step - self.first, 1)
        return self.since - self.started + (time.monotonic() - self.since) * share


class View:
    """A context manager that shows the events of the runs.

    Args:
        console: where to write (stderr).
        total: number of requested runs.
        complete: number of runs that were complete before.
        metric: the dev metric to show for active runs.
        workers: maximum number of parallel runs, for the estimate.
        quiet: whether to show only failures.
    """

    def __init__(
        self, console: Console, total: int, complete: int, metric: str, workers: int = 1, quiet: bool = False
    ) -> None:
        self.console, self.quiet, self.metric, self.workers = console, quiet, metric, workers
        self.total, self.complete, self.failed, self.queued = total, complete, 0, 0
        self.active: dict[str, ActiveRun] = {}
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

    def begin(self, run: Run) -> None:
        """Note that a run starts or continues."""
        self.active[str(run.folder)] = ActiveRun(run, run.config["training.epochs"], time.monotonic())
        if not self._shows:
            self.say(f"started  {name_of(run)}  ({self._counts()})")

    def event(self, run: Run, event: Mapping[str, Any]) -> None:
        """Note an event of the process of a run."""
        item, kind = self.active[str(run.folder)], event.get("event")
        if kind == "train":
            item.first = item.step = event["step"]
            item.total, item.since, item.phase = event["total"], time.monotonic(), "training"
        elif kind == "step":
            item.step, item.epoch, item.loss = event["step"], event["epoch"], event["loss"]
        elif kind == "epoch":
            item.epoch, item.loss = event["epoch"], event["loss"]
            item.dev = event.get("dev", {}).get(self.metric, item.dev)
        elif kind == "score":
            item.phase = "scoring"

    def end(self, run: Run, how: str, error: str = "") -> None:
        """Note that a run is done, failed or interrupted; ``how`` is empty if it has to wait."""
        item = self.active.pop(str(run.folder), None)
        seconds = time.monotonic() - item.started if item else None
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
        """Print a line that stays."""
        if not self.quiet or always:
            self.console.print(text, highlight=False, markup=False, soft_wrap=True)

    def tick(self, queued: int) -> None:
        """Note the number of waiting runs; called regularly."""
        self.queued = queued

    def remaining(self) -> float | None:
        """Estimate the seconds until all runs are done; None before the first update."""
        wholes = [*self.took, *filter(None, (item.whole() for item in self.active.values()))]
        rests = [item.remaining() for item in self.active.values()]
        if not wholes:
            return None
        mean = sum(wholes) / len(wholes)
        work = sum(mean if rest is None else rest for rest in rests) + mean * self.queued
        longest = max([rest for rest in rests if rest is not None], default=0.0)
        return max(work / self.workers, longest)

    def _counts(self) -> str:
        failed = f", {self.failed} failed" if self.failed else ""
        rest = self.remaining()
        left = f", {_time(rest)} left" if rest is not None and (self.queued or self.active) else ""
        return f"{self.complete} of {self.total} complete{failed}{left}"

    def _score(self, run: Run) -> str:
        with suppress(OSError, ValueError, KeyError, StopIteration):
            corpora = json.loads((run.folder / RESULT).read_text(encoding="utf8"))["corpora"]
            name, part = next(iter(corpora.items()))
            return f"{name} {self.metric} {100 * part['figures'][self.metric]:.2f}"
        return ""

    def _table(self) -> Group:
        folds = any(item.run.fold is not None for item in self.active.values())
        columns = ["variant", "seed", *(["fold"] if folds else []), "", "epoch", "loss", self.metric, "left"]
        table = Table(box=None, padding=(0, 2, 0, 0), header_style="dim")
        for column in columns:
            table.add_column(column, justify="left" if column in ("variant", "") else "right", no_wrap=True)
        for item in self.active.values():
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
    """Return the name of a run in messages, such as ``sum seed 1 fold 0``."""
    if run.pretrains:
        return f"pre-training {run.folder.name}"
    return f"{run.variant} seed {run.seed}" + ("" if run.fold is None else f" fold {run.fold}")


def _time(seconds: float) -> str:
    return str(timedelta(seconds=round(seconds)))
