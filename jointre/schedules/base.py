"""Schedule: the contract of every number that changes during training."""

from abc import ABC, abstractmethod

from jointre.data.progress import Progress
from jointre.limits import Limited

__all__ = ["Progress", "Schedule"]


class Schedule(Limited, ABC):
    """A pure function of progress: a factor on the learning rate, the weight of a loss, a teacher's share."""

    @abstractmethod
    def __call__(self, progress: Progress) -> float:
        """The value before the update ``progress.step`` (counted from 0)."""
