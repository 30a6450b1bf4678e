"""Schedule: the contract of every number that changes during training."""

from abc import ABC, abstractmethod
from dataclasses import dataclass


@dataclass(frozen=True)
class Progress:
    """Where a training stands: ``step`` updates done of ``total``; ``epoch`` as a fraction, 1.5 in mid-second."""

    step: int
    total: int
    epoch: float


class Schedule(ABC):
    """A pure function of progress: a factor on the learning rate, the weight of a loss, a teacher's share."""

    @abstractmethod
    def __call__(self, progress: Progress) -> float:
        """The value before the update ``progress.step`` (counted from 0)."""
