"""Read the curves of complete runs: dev scores and losses by epoch from ``log.jsonl``, and scores by threshold."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from jointre.data.strict_read import load_json
from jointre.errors import DataError, Fault
from jointre.experiments.results.read import RERUN
from jointre.experiments.spec import RunResult

LOG = "log.jsonl"
Points = dict[float, Mapping[str, float]]


@dataclass(frozen=True)
class Curve:
    """Values of a run: epoch (from 1) or threshold -> name -> value."""

    run: RunResult
    points: Mapping[float, Mapping[str, float]]

    def of(self, name: str) -> dict[float, float]:
        """Return one value by epoch or threshold."""
        return {place: values[name] for place, values in self.points.items() if name in values}


def read_curves(runs: Sequence[RunResult]) -> list[Curve]:
    """Return the dev scores of each run by epoch, in order; a curve has no points if the run logged none.

    Raises:
        DataError: with all lines that cannot be read.
    """
    return _read(runs, lambda line: line.get("dev"))


def read_losses(runs: Sequence[RunResult]) -> list[Curve]:
    """Return the losses of each run by epoch: ``loss``, ``loss_TERM``, and in pre-training ``held_out_OBJECTIVE``.

    Raises:
        DataError: with all lines that cannot be read.
    """
    return _read(runs, _losses)


def read_thresholds(runs: Sequence[RunResult]) -> list[Curve]:
    """Return the scores of each run by threshold of the relation head, as tuning has stored them in the model.

    Raises:
        DataError: a file of a model cannot be read.
    """
    return [Curve(run, _thresholds(run.folder / "model" / "meta.json")) for run in runs]


def _losses(line: Mapping[str, Any]) -> Mapping[str, Any] | None:
    found = {name: value for name, value in line.items() if name == "loss" or name.startswith("loss_")}
    held_out = {f"held_out_{name}": each["loss"] for name, each in line.get("held_out", {}).items()}
    return {**found, **held_out} or None


def _thresholds(path: Path) -> Points:
    tuned = load_json(path).get("tuned", {}) if path.is_file() else {}
    return {threshold: {tuned["metric"]: score} for threshold, score in tuned.get("curve", ())}


def _read(
    runs: Sequence[RunResult], take: Callable[[Mapping[str, Any]], Mapping[str, Any] | None]
) -> list[Curve]:
    read: dict[Path, Points] = {}
    faults: list[Fault] = []
    for run in runs:
        if run.folder not in read:
            read[run.folder] = _points(run.folder / LOG, take, faults)
    if faults:
        raise DataError("the learning curves cannot be read", faults)
    return [Curve(run, read[run.folder]) for run in runs]


def _points(
    path: Path, take: Callable[[Mapping[str, Any]], Mapping[str, Any] | None], faults: list[Fault]
) -> Points:
    points: Points = {}
    lines = path.read_bytes().splitlines() if path.is_file() else []
    for number, line in enumerate(lines, 1):
        try:
            values = json.loads(line)
            if (found := take(values)) is not None:
                points[float(values["epoch"])] = {name: float(value) for name, value in found.items()}
        except (ValueError, KeyError, TypeError, AttributeError):
            faults.append(Fault("is not a line of a training log", f"{path}:{number}", RERUN))
    return points
