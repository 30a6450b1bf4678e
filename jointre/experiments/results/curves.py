"""Read the learning curves of complete runs from their ``log.jsonl``: dev scores by epoch."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from jointre.errors import DataError, Fault
from jointre.experiments.results.read import RERUN
from jointre.experiments.spec import RunResult

LOG = "log.jsonl"


@dataclass(frozen=True)
class Curve:
    """The dev scores of a run: epoch (from 1) -> metric -> value."""

    run: RunResult
    epochs: Mapping[int, Mapping[str, float]]

    def of(self, metric: str) -> dict[int, float]:
        """Return one metric by epoch."""
        return {epoch: values[metric] for epoch, values in self.epochs.items() if metric in values}


def read_curves(runs: Sequence[RunResult]) -> list[Curve]:
    """Return a curve per run, in order; it has no epochs if the run logged none.

    Raises:
        DataError: with all lines that cannot be read.
    """
    read: dict[Path, dict[int, Mapping[str, float]]] = {}
    faults: list[Fault] = []
    for run in runs:
        if run.folder not in read:
            read[run.folder] = _epochs(run.folder / LOG, faults)
    if faults:
        raise DataError("the learning curves cannot be read", faults)
    return [Curve(run, read[run.folder]) for run in runs]


def _epochs(path: Path, faults: list[Fault]) -> dict[int, Mapping[str, float]]:
    epochs: dict[int, Mapping[str, float]] = {}
    lines = path.read_bytes().splitlines() if path.is_file() else []
    for number, line in enumerate(lines, 1):
        try:
            values = json.loads(line)
            if "dev" in values:
                epochs[int(values["epoch"])] = {name: float(value) for name, value in values["dev"].items()}
        except (ValueError, KeyError, TypeError, AttributeError):
            faults.append(Fault("is not a line of a training log", f"{path}:{number}", RERUN))
    return epochs
