"""Loss: the contract of everything that turns scores and targets into one number."""

from abc import ABC, abstractmethod
from typing import Literal

from torch import Tensor

from jointre.limits import Limited

Targets = Literal["classes", "multi_hot"]


class Loss(Limited, ABC):
    """One scalar a loss term.

    ``takes`` says what its targets are: [N] int64 ``classes``, or [N, C] float ``multi_hot``.
    """

    takes: Targets

    @abstractmethod
    def __call__(self, logits: Tensor, targets: Tensor, group: Tensor) -> Tensor:
        """The loss of a batch.

        Args:
            logits: [N, C] scores.
            targets: [N] int64 classes or [N, C] float, as the loss says.
            group: [N] int64 document of each row, or its pair, for losses that average over groups.

        Returns:
            A scalar in fp32. No rows give a zero that is connected to ``logits``.
        """

    def units(self, group: Tensor) -> int:
        """How many things the loss is a mean of: the rows, unless it says otherwise."""
        return group.shape[0]
