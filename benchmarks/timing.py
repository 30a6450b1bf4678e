"""Measure times on a busy machine: what is compared runs in turn, and what was disturbed is measured again."""

import resource
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from statistics import median
from typing import Any, Literal, NamedTuple

import torch

from benchmarks.options import Effort

Work = Callable[[], object]
Clock = Literal["wall", "cpu"]
CLOCKS: tuple[Clock, Clock] = ("wall", "cpu")
LIMIT = 0.10
"""A row is measured again if the range of one of its works is a larger part of the median."""


class Pass(NamedTuple):
    """Seconds that a work took, by the clock and of the CPU, and what it returned."""

    wall: float
    cpu: float
    result: Any = None


class Spread(NamedTuple):
    """The median, and the range as a part of it: (maximum - minimum) / median."""

    median: float
    range: float


@dataclass(frozen=True)
class Row:
    """What ran in turn: the passes of each work, one per round, and how often they were measured."""

    passes: Sequence[Sequence[Pass]]
    tries: int = 1

    def seconds(self, clock: Clock, work: int = 0) -> Spread:
        """Return the spread of a work's seconds over the rounds."""
        return spread(_seconds(self.passes[work], clock))

    def ratio(self, clock: Clock, part: int, whole: int) -> float:
        """Return the seconds of one work divided by those of another in the same round, the median over the rounds."""
        pairs = zip(*(_seconds(self.passes[work], clock) for work in (part, whole)), strict=True)
        return median(a / b for a, b in pairs)

    @property
    def range(self) -> float:
        """The largest range of any work by any clock."""
        works = range(len(self.passes))
        return max(self.seconds(clock, work).range for clock in CLOCKS for work in works)

    def times(self, work: int = 0) -> dict[str, Any]:
        """Return the spread of a work by both clocks, as plain data."""
        return {clock: self.seconds(clock, work)._asdict() for clock in CLOCKS}

    def compared(self, names: Sequence[str]) -> dict[str, Any]:
        """Return the row as plain data; ``ratio`` is the speed of the first work relative to that of another."""
        systems = {
            name: {**self.times(work), "ratio": {clock: self.ratio(clock, work, 0) for clock in CLOCKS}}
            for work, name in enumerate(names)
        }
        return {"tries": self.tries, "systems": systems}


def cpu_seconds() -> float:
    """Return the CPU time of all threads of this process, and of its child processes that have ended."""
    children = resource.getrusage(resource.RUSAGE_CHILDREN)
    return time.process_time() + children.ru_utime + children.ru_stime


def run(work: Work, device: torch.device) -> Pass:
    """Run a work until the device has finished."""
    wait(device)
    wall, cpu = time.perf_counter(), cpu_seconds()
    result = work()
    wait(device)
    return Pass(time.perf_counter() - wall, cpu_seconds() - cpu, result)


def wait(device: torch.device) -> None:
    """Wait until the GPU has finished."""
    if device.type == "cuda":
        torch.cuda.synchronize(device)


def in_turn(works: Sequence[Work], rounds: int, device: torch.device) -> list[list[Pass]]:
    """Return ``rounds`` passes of each work after a warm-up round; every other round runs backwards."""
    for work in works:
        work()
    passes: list[list[Pass]] = [[] for _ in works]
    for number in range(rounds):
        order = range(len(works)) if number % 2 == 0 else reversed(range(len(works)))
        for place in order:
            passes[place].append(run(works[place], device))
    return passes


def measure(rows: Sequence[Sequence[Work]], effort: Effort, device: torch.device) -> list[Row]:
    """Run all works of all rows in turn; measure rows again whose range exceeds `LIMIT`.

    Whole tries are compared by their range alone, and the one with the smallest range counts.
    """
    kept: dict[int, Row] = {}
    again = list(range(len(rows)))
    for _ in range(effort.tries):
        passes = iter(in_turn([work for place in again for work in rows[place]], effort.rounds, device))
        for place in again:
            old, new = kept.get(place), [next(passes) for _ in rows[place]]
            tries = old.tries + 1 if old else 1
            kept[place] = min((Row(p, tries) for p in (new, *([old.passes] if old else []))), key=_range)
        again = [place for place in again if kept[place].range > LIMIT]
        if not again:
            break
    return [kept[place] for place in range(len(rows))]


def spread(values: Sequence[float]) -> Spread:
    """Return the median and the range of positive values."""
    middle = median(values)
    return Spread(middle, (max(values) - min(values)) / middle if middle else 0.0)


def slope(x: Sequence[float], y: Sequence[float]) -> float:
    """Return the exponent of growth: least squares of log y on log x; NaN unless all y are positive."""
    if min(y) <= 0:
        return float("nan")
    a, b = (torch.tensor(values, dtype=torch.float64).log() for values in (x, y))
    a = a - a.mean()
    return float((a * b).sum() / (a * a).sum())


def _seconds(passes: Sequence[Pass], clock: Clock) -> list[float]:
    return [one.wall if clock == "wall" else one.cpu for one in passes]


def _range(row: Row) -> float:
    return row.range
