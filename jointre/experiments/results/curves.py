"""Learning curves of complete runs: figures on the dev corpus by epoch, from their ``log.jsonl``."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from jointre.errors import DataError, Fault
from jointre.experiments.results.read import AGAIN
from jointre.experiments.spec import RunResult

LOG = "log.jsonl"


@dataclass(frozen=True)
class Curve:
    """One run: epoch (from 1) -> figure -> value."""

    run: RunResult
    epochs: Mapping[int, Mapping[str, float]]

    def of(self, figure: str) -> dict[int, float]:
        """One figure by epoch."""
        return {epoch: values[figure] for epoch, values in self.epochs.items() if figure in values}


def read_curves(runs: Sequence[RunResult]) -> list[Curve]:
    """The curves of runs in their order; one without epochs for a run that scored none, or logged elsewhere.

    Raises:
        DataError: lines that cannot be read; all of them.
    """
    read: dict[Path, dict[int, Mapping[str, float]]] = {}
    faults: list[Fault] = []
    for run in runs:
        if run.folder not in read:
            read[run.folder] = _epochs(run.folder / LOG, faults)
    if faults:
        raise DataError("learning curves cannot be read", faults)
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
            faults.append(Fault("is not a line of a training log", f"{path}:{number}", AGAIN))
    return epochs
