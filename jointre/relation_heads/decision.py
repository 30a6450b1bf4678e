"""How the scores of a relation head become relations: a sigmoid a type, or one class a pair."""

from dataclasses import dataclass
from typing import Literal

import torch
from torch import Tensor
from torch.nn.functional import one_hot, pad

from jointre.data.stages import RelationOutput
from jointre.losses.base import Targets

Activation = Literal["sigmoid", "softmax"]


@dataclass(frozen=True)
class Decision:
    """What a relation head does with its scores.

    Args:
        activation: ``sigmoid``: every type by itself, a type holds at ``threshold`` or above; several may hold of a
            pair. ``softmax``: one class a pair, class 0 is "no relation"; the likeliest class holds.
        threshold: for ``sigmoid``.
        strict: whether a type at the threshold itself does not hold.
    """

    activation: Activation = "sigmoid"
    threshold: float = 0.5
    strict: bool = False

    def __post_init__(self) -> None:
        if not 0 <= self.threshold <= 1:
            raise ValueError("threshold must lie between 0 and 1")

    @property
    def single(self) -> bool:
        """Whether at most one type can hold of a pair."""
        return self.activation == "softmax"

    @property
    def takes(self) -> Targets:
        """The kind of targets that its loss has to take."""
        return "classes" if self.single else "multi_hot"

    def width(self, types: int) -> int:
        """Number of scores a pair for so many relation types."""
        return types + self.single

    def output(self, logits: Tensor) -> RelationOutput:
        """Probabilities [P, K] of the types and whether they hold, from scores [P, width]."""
        if not self.single:
            probs = torch.sigmoid(logits.float())
            return RelationOutput(logits, probs, self.holds(probs))
        probs = logits.float().softmax(dim=1)
        holds = one_hot(probs.argmax(dim=1), probs.shape[1]).bool()
        return RelationOutput(logits, probs[:, 1:], holds[:, 1:])

    def holds(self, probs: Tensor, threshold: float | None = None) -> Tensor:
        """[P, K] bool, which types hold by their probabilities, with ``sigmoid``, at another threshold or its own."""
        threshold = self.threshold if threshold is None else threshold
        return probs > threshold if self.strict else probs >= threshold

    def targets(self, hot: Tensor) -> Tensor:
        """What the loss compares scores with: [P, K] as it is, or [P] classes; of several types the one named first."""
        return pad(hot, (1, 0), value=0.5).argmax(dim=1) if self.single else hot
