"""Objective: the contract of everything that encoders are pre-trained with."""

from abc import abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor, nn

from jointre.component import Component
from jointre.data.encoding import Encoding
from jointre.models.joint import JointModel
from jointre.objectives.examples import Example, ExampleBatch, Material, stack

__all__ = ["Example", "ExampleBatch", "Material", "Objective", "Outcome", "cross_entropy"]


@dataclass(frozen=True)
class Outcome:
    """The result for one batch.

    ``loss`` is a scalar in fp32, a mean over ``items``; ``correct`` is a scalar, the number of items answered
    correctly.
    """

    loss: Tensor
    correct: Tensor
    items: int


class Objective(Component):
    """A question that documents with entities answer themselves, and the head that learns to answer it.

    `examples` is a pure function of the document and the generator, so it can run in any process and be repeated.
    """

    @abstractmethod
    def build(self, model: JointModel) -> None:
        """Make the head for a built model; refuse a model that lacks something the objective reads."""

    @abstractmethod
    def examples(self, encoding: Encoding, material: Material, rng: np.random.Generator) -> list[Example]:
        """Return examples from one document; none if the document is unsuitable.

        Args:
            encoding: the document, with its entities.
            material: what corruption draws from.
            rng: seeded with (seed, epoch, document, objective).
        """

    def collate(self, examples: Sequence[Example], pad_id: int) -> ExampleBatch:
        """Return examples (at least one) as tensors."""
        return stack(examples, pad_id)

    @abstractmethod
    def forward(self, model: JointModel, examples: ExampleBatch) -> Outcome:
        """Return loss and correct answers; without items, a loss of zero that still has a graph."""

    def chance(self, targets: Tensor) -> float:
        """Return the accuracy that is possible without looking: the share of the most frequent value in ``targets``
        [M].
        """
        return float(torch.bincount(targets).max()) / len(targets) if len(targets) else 0.0


def cross_entropy(logits: Tensor, targets: Tensor) -> Outcome:
    """Return the outcome of choosing among classes: ``logits`` [M, C], ``targets`` [M] int64."""
    logits = logits.float()
    loss = nn.functional.cross_entropy(logits, targets, reduction="sum") / max(len(targets), 1)
    return Outcome(loss, (logits.argmax(dim=1) == targets).sum(), len(targets))
