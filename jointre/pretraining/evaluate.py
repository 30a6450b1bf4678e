"""Measuring on held-out documents what each objective has learned."""

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import torch
from torch import Tensor

from jointre.pretraining.examples import PretrainingBatch
from jointre.pretraining.updater import Pretrained, PretrainingUpdater
from jointre.training.explain_errors import explained
from jointre.training.state import RngState

Row = tuple[float, int, int, Tensor]
SMALLER = "set a smaller pretraining.batch_size"


@dataclass(frozen=True)
class Learned:
    """Results of an objective on held-out documents: mean ``loss``, ``accuracy``, and accuracy by ``chance``."""

    loss: float
    accuracy: float
    chance: float
    items: int

    def to_json(self) -> dict[str, Any]:
        """Return a JSON-ready dictionary."""
        return asdict(self)


@torch.no_grad()
def measure(updater: PretrainingUpdater, batches: Sequence[PretrainingBatch]) -> dict[str, Learned]:
    """Measure every objective that has items in the batches, without dropout; several processes share the batches.

    Args:
        updater: its model is left in evaluation mode; random number generators keep their states.
        batches: of held-out documents; the same at every measurement and in every process.

    Raises:
        TrainingError: memory is too small.
    """
    before = RngState.now()
    updater.model.eval()
    with explained(SMALLER):
        here = [
            (name, *row)
            for batch in batches[updater.processes.number :: updater.processes.count]
            for name, row in _rows(updater, batch)
        ]
    before.set()
    everywhere = [row for rows in updater.processes.collect(here) for row in rows]
    return {
        name: _summary(updater.model, name, [row for named, *row in everywhere if named == name])
        for name in updater.model.objectives
        if any(row[0] == name for row in everywhere)
    }


def _rows(updater: PretrainingUpdater, batch: PretrainingBatch) -> Iterator[tuple[str, Row]]:
    on_device = batch.to(updater.device)
    for name, part in batch.examples.items():
        with updater.precision.autocast():
            outcome = updater.model(name, on_device)
        yield name, (float(outcome.loss) * outcome.items, int(outcome.correct), outcome.items, part.targets)


def _summary(pretrained: Pretrained, name: str, rows: list[list[Any]]) -> Learned:
    losses, correct, items, targets = zip(*rows, strict=True)
    chance = pretrained.objectives[name].chance(torch.cat(targets))  # type: ignore[operator]
    count = max(sum(items), 1)
    return Learned(sum(losses) / count, sum(correct) / count, chance, int(sum(items)))
