"""A loss that counts every document, or every pair, alike, however many rows it has."""

import torch
from torch import Tensor

from jointre.losses.entropy import BinaryCrossEntropy
from jointre.registry import registry


@registry.losses("jointre.grouped_binary_cross_entropy.v1")
class GroupedBinaryCrossEntropy(BinaryCrossEntropy):
    """Binary cross-entropy, averaged over the rows of each group, then over the groups; ``targets`` [N, C] multi-hot.

    With the cells of pairs as rows this is REDN's loss: a group is a document, as published (specification, section
    3), or a pair; see ``average`` of `jointre.kernel.v1`. Groups without rows do not count.

    Args:
        reduce_types: ``mean`` over the types as the published code does, or their ``sum`` (equation 10).
    """

    def average(self, rows: Tensor, group: Tensor) -> Tensor:
        """The mean over the groups."""
        weight, n_groups = _weights(group)
        return (rows * weight).sum() / n_groups

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
