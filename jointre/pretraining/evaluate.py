"""What each objective has learned, measured on held-out documents."""

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import torch
from torch import Tensor

from jointre.pretraining.examples import PretrainingBatch
from jointre.pretraining.loop import Pretrained


@dataclass(frozen=True)
class Learned:
    """An objective on held-out documents: mean ``loss``, ``accuracy``, and the accuracy that ``chance`` would have."""

    loss: float
    accuracy: float
    chance: float
    items: int

    def to_json(self) -> dict[str, Any]:
        """A JSON-ready dictionary."""
        return asdict(self)


@torch.no_grad()
def learned(
    pretrained: Pretrained,
    batches: Sequence[PretrainingBatch],
    autocast: Callable[[], Any],
    after_batch: Callable[[], None] = lambda: None,
) -> dict[str, Learned]:
    """Measure every objective that has items in the batches; without dropout.

    Args:
        pretrained: left in evaluation mode.
        batches: from held-out documents, the same at every measurement.
        autocast: makes the context of the forward pass.
        after_batch: called after each batch.
    """
    pretrained.eval()
    device = next(pretrained.parameters()).device
    sums: dict[str, list[tuple[float, int, int]]] = defaultdict(list)
    targets: dict[str, list[Tensor]] = defaultdict(list)
    for batch in batches:
        on_device = batch.to(device)
        for name, part in batch.examples.items():
            with autocast():
                outcome = pretrained(name, on_device)
            sums[name].append((float(outcome.loss) * outcome.items, int(outcome.correct), outcome.items))
            targets[name].append(part.targets)
        after_batch()
    return {name: _summary(pretrained, name, rows, torch.cat(targets[name])) for name, rows in sums.items()}


def _summary(
    pretrained: Pretrained, name: str, rows: list[tuple[float, int, int]], targets: Tensor
) -> Learned:
    loss, correct, items = (sum(column) for column in zip(*rows, strict=True))
    chance = pretrained.objectives[name].chance(targets)  # type: ignore[operator]
    return Learned(loss / max(items, 1), correct / max(items, 1), chance, int(items))
