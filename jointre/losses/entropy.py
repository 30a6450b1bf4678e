"""Cross-entropy losses, pooled over the batch (SpERT, Section 3.1)."""

from typing import Literal

from torch import Tensor
from torch.nn.functional import binary_cross_entropy_with_logits, cross_entropy

from jointre.losses.base import Loss
from jointre.registry import registry

Reduce = Literal["mean", "sum"]


@registry.losses("jointre.cross_entropy.v1")
class CrossEntropy(Loss):
    """The cross-entropy of the rows of the batch; ``targets`` [N] are classes.

    Args:
        reduce_rows: ``mean`` over the rows, as in the published code, or their ``sum`` (Giorgi et al., Eqs. 2 and 8).
    """

    takes = "classes"

    def __init__(self, reduce_rows: Reduce = "mean") -> None:
        self.reduce_rows: Reduce = reduce_rows

    def __call__(self, logits: Tensor, targets: Tensor, group: Tensor) -> Tensor:
        """Return the mean or the sum over N rows."""
        if targets.shape[0] == 0:
            return logits.float().sum()
        return cross_entropy(logits.float(), targets, reduction=self.reduce_rows)

    def units(self, group: Tensor) -> int | None:
        """Return the number of rows; None for their sum."""
        return super().units(group) if self.reduce_rows == "mean" else None


@registry.losses("jointre.binary_cross_entropy.v1")
class BinaryCrossEntropy(Loss):
    """The binary cross-entropy of each type, of the rows of the batch; ``targets`` [N, C] are multi-hot.

    Args:
        reduce_types: ``mean`` over the types, as in the published code, or their ``sum``.
        reduce_rows: ``mean`` over the rows, as in the published code, or their ``sum``.
    """

    takes = "multi_hot"

    def __init__(self, reduce_types: Reduce = "mean", reduce_rows: Reduce = "mean") -> None:
        self.reduce_types = reduce_types
        self.reduce_rows: Reduce = reduce_rows

    def __call__(self, logits: Tensor, targets: Tensor, group: Tensor) -> Tensor:
        """Return the mean or the sum over N rows."""
        if targets.shape[0] == 0:
            return logits.float().sum()
        return self.average(self.per_row(logits, targets), group)

    def per_row(self, logits: Tensor, targets: Tensor) -> Tensor:
        """Return [N], the loss of each row."""
        loss = binary_cross_entropy_with_logits(logits.float(), targets.float(), reduction="none")
        return loss.mean(dim=1) if self.reduce_types == "mean" else loss.sum(dim=1)

    def average(self, rows: Tensor, group: Tensor) -> Tensor:
        """Return a scalar from the losses of rows [N], N > 0."""
        return rows.mean() if self.reduce_rows == "mean" else rows.sum()

    def units(self, group: Tensor) -> int | None:
        """Return the number of rows; None for their sum."""
        return super().units(group) if self.reduce_rows == "mean" else None
