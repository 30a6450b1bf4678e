"""Loss: the contract of everything that turns scores and targets into one number."""

from abc import ABC, abstractmethod
from typing import Literal

from torch import Tensor

from jointre.limits import Limited

Targets = Literal["classes", "multi_hot"]


class Loss(Limited, ABC):
    """One scalar per loss term.

    ``takes`` is the kind of its targets: [N] int64 ``classes``, or [N, C] float ``multi_hot``.
    """

    takes: Targets

    @abstractmethod
    def __call__(self, logits: Tensor, targets: Tensor, group: Tensor) -> Tensor:
        """Return the loss of a batch.

        Args:
            logits: [N, C] scores.
            targets: [N] int64 classes or [N, C] float, see ``takes``.
            group: [N] int64, the document or pair of each row, for losses that average over groups.

        Returns:
            A scalar in fp32. Without rows it is a zero that is connected to ``logits``.
        """

    def units(self, group: Tensor) -> int | None:
        """Return the number of things that the loss is a mean of: rows, unless overridden; None for a sum."""
        return group.shape[0]
