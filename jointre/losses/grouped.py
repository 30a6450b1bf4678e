"""A loss in which every document, or every pair, has equal weight, whatever its number of rows."""

import torch
from torch import Tensor

from jointre.losses.entropy import BinaryCrossEntropy, Reduce
from jointre.registry import registry


@registry.losses("jointre.grouped_binary_cross_entropy.v1")
class GroupedBinaryCrossEntropy(BinaryCrossEntropy):
    """Binary cross-entropy, averaged over the rows of each group, then over the groups; ``targets`` [N, C] are
    multi-hot.

    With the cells of pairs as rows, this is REDN's loss as in the published code; the paper divides by the number of
    positive cells instead (REDN, Eq. 9). A group is a document, as published, or a pair; see ``average`` of
    `jointre.kernel.v2`. Groups without rows do not count.

    Args:
        reduce_types: ``mean`` over the types, as in the published code, or their ``sum`` (REDN, Eq. 10).
    """

    def __init__(self, reduce_types: Reduce = "mean") -> None:
        super().__init__(reduce_types)

    def average(self, rows: Tensor, group: Tensor) -> Tensor:
        """Return the mean over the groups."""
        weight, n_groups = _weights(group)
        return (rows * weight).sum() / n_groups

    def units(self, group: Tensor) -> int:
        """Return the number of groups."""
        return int(_weights(group)[1]) if len(group) else 0


def _weights(group: Tensor) -> tuple[Tensor, Tensor]:
    """Return [N], one over the size of each row's group, and the number of groups, without waiting for a GPU."""
    # number the groups from 0 in sorted order, and count their rows
    ordered, order = group.sort()
    begins = torch.ones_like(ordered)
    begins[1:] = (ordered[1:] != ordered[:-1]).long()
    number = torch.empty_like(order).scatter_(0, order, torch.cumsum(begins, 0) - 1)
    ones = torch.ones(len(group), device=group.device)
    size = torch.zeros_like(ones).index_add_(0, number, ones)
    return 1.0 / size.index_select(0, number), begins.sum()
