"""Schedule: the contract of every number that changes during training."""

from abc import ABC, abstractmethod

from jointre.data.progress import Progress
from jointre.limits import Limited

__all__ = ["Progress", "Schedule"]


class Schedule(Limited, ABC):
    """A pure function of progress: a factor on the learning rate, the weight of a loss, or the share of a teacher."""

    @abstractmethod
    def __call__(self, progress: Progress) -> float:
        """Return the value for the update ``progress.step`` (counted from 0)."""
