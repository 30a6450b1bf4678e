"""A loss that counts every document, or every pair, alike, however many rows it has."""

from typing import Literal

import torch
from torch import Tensor
from torch.nn.functional import binary_cross_entropy_with_logits

from jointre.losses.base import Loss
from jointre.registry import registry


@registry.losses("jointre.grouped_binary_cross_entropy.v1")
class GroupedBinaryCrossEntropy(Loss):
    """Binary cross-entropy, averaged over the rows of each group, then over the groups; ``targets`` [N, C] multi-hot.

    With the cells of pairs as rows this is REDN's loss: a group is a document, as published (specification, section
    3), or a pair; see ``average`` of `jointre.kernel.v1`. Groups without rows do not count.

    Args:
        reduce_types: ``mean`` over the types as the published code does, or their ``sum`` (equation 10).
    """

    takes = "multi_hot"

    def __init__(self, reduce_types: Literal["mean", "sum"] = "mean") -> None:
        self.reduce_types = reduce_types

    def __call__(self, logits: Tensor, targets: Tensor, group: Tensor) -> Tensor:
        """Scalar mean over the groups."""
        if targets.shape[0] == 0:
            return logits.float().sum()
        loss = binary_cross_entropy_with_logits(logits.float(), targets.float(), reduction="none")
        per_row = loss.mean(dim=1) if self.reduce_types == "mean" else loss.sum(dim=1)
        weight, n_groups = _weights(group)
        return (per_row * weight).sum() / n_groups

    def units(self, group: Tensor) -> int:
        """The number of groups."""
        return int(_weights(group)[1]) if len(group) else 0


def _weights(group: Tensor) -> tuple[Tensor, Tensor]:
    """[N] one over the size of each row's group, and the number of groups; a GPU is not waited for."""
    ordered, order = group.sort()
    begins = torch.ones_like(ordered)
    begins[1:] = (ordered[1:] != ordered[:-1]).long()
    number = torch.empty_like(order).scatter_(0, order, torch.cumsum(begins, 0) - 1)
    ones = torch.ones(len(group), device=group.device)
    size = torch.zeros_like(ones).index_add_(0, number, ones)
    return 1.0 / size.index_select(0, number), begins.sum()
