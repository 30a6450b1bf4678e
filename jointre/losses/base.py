"""Loss: the contract of everything that turns scores and targets into one number."""

from abc import ABC, abstractmethod

from torch import Tensor


class Loss(ABC):
    """One scalar a loss term."""

    @abstractmethod
    def __call__(self, logits: Tensor, targets: Tensor, group: Tensor) -> Tensor:
        """The loss of a batch.

        Args:
            logits: [N, C] scores.
            targets: [N] int64 classes or [N, C] float, as the loss says.
            group: [N] int64 document of each row, for losses that average per document.

        Returns:
            A scalar in fp32. No rows give a zero that is connected to ``logits``.
        """
