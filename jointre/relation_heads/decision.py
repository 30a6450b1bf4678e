"""Turn the scores of a relation head into relations: one sigmoid per type, or one class per pair."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import torch
from torch import Tensor
from torch.nn.functional import pad

from jointre.data.host_copies import upload
from jointre.data.stages import RelationOutput
from jointre.losses.base import Targets

Activation = Literal["sigmoid", "softmax"]


@dataclass(frozen=True)
class Decision:
    """How a relation head decides.

    Args:
        activation: ``sigmoid``: a type holds at ``threshold`` or above, and several types may hold for a pair.
            ``softmax``: the likeliest class of a pair holds; class 0 is "no relation".
        threshold: for ``sigmoid``.
        strict: whether a type must exceed the threshold to hold.
    """

    activation: Activation = "sigmoid"
    threshold: float = 0.5
    strict: bool = False

    def __post_init__(self) -> None:
        if not 0 <= self.threshold <= 1:
            raise ValueError("threshold must be between 0 and 1")

    @property
    def single(self) -> bool:
        """Whether at most one type can hold for a pair."""
        return self.activation == "softmax"

    @property
    def takes(self) -> Targets:
        """The kind of targets that the loss needs."""
        return "classes" if self.single else "multi_hot"

    def width(self, types: int) -> int:
        """Return the number of scores per pair for this number of relation types."""
        return types + self.single

    def output(self, logits: Tensor) -> RelationOutput:
        """Return the probabilities [P, K] of the types and whether they hold, from scores [P, width]."""
        if not self.single:
            probs = torch.sigmoid(logits.float())
            return RelationOutput(logits, probs, self.holds(probs))
        probs = logits.float().softmax(dim=1)
        holds = torch.zeros_like(probs, dtype=torch.bool).scatter_(1, probs.argmax(dim=1, keepdim=True), True)
        return RelationOutput(logits, probs[:, 1:], holds[:, 1:])

    def both_ways(self, logits: Tensor, mirror: Sequence[int]) -> RelationOutput:
        """Decide pairs that come in both orders, one after the other: by the product of the two probabilities.

        The probability of a column in one order is multiplied with that of its mirrored column in the other. With
        ``softmax`` (PL-Marker, Section 3).

        Args:
            logits: [2U, width] scores of U pairs in both orders.
            mirror: K columns (`RelationClasses.mirror`).

        Returns:
            The output of the U pairs in their first order.
        """
        scores = logits.float().log_softmax(dim=1)
        columns = upload(torch.tensor([0, *(1 + column for column in mirror)]), logits.device)
        return self.output(scores[::2] + scores[1::2].index_select(1, columns))

    def holds(self, probs: Tensor, threshold: float | None = None) -> Tensor:
        """Return [P, K] bool, which types hold by their probabilities, with ``sigmoid``; ``threshold`` replaces its
        own.
        """
        threshold = self.threshold if threshold is None else threshold
        return probs > threshold if self.strict else probs >= threshold

    def targets(self, hot: Tensor) -> Tensor:
        """Return the targets of the loss: [P, K] unchanged, or [P] classes, the first type if a pair has several."""
        return pad(hot, (1, 0), value=0.5).argmax(dim=1) if self.single else hot
