"""Schedules by epochs: a ramp and a delay, for loss weights and shares of teachers."""

from jointre.limits import NonNegativeFloat, PositiveFloat
from jointre.registry import registry
from jointre.schedules.base import Progress, Schedule


@registry.schedules("jointre.linear.v1")
class Linear(Schedule):
    """Goes from ``start`` to ``end`` over the first ``epochs``, update by update, and then stays at ``end``.

    The defaults give the weight of the relation loss of Giorgi et al. (2019): it rises from 0 to 1 in the first epoch.
    """

    def __init__(
        self, start: NonNegativeFloat = 0.0, end: NonNegativeFloat = 1.0, epochs: PositiveFloat = 1.0
    ) -> None:
        self.start, self.end, self.epochs = start, end, epochs

    def __call__(self, progress: Progress) -> float:
        """Return ``start + (end - start) min(1, epoch / epochs)``."""
        return self.start + (self.end - self.start) * min(1.0, progress.epoch / self.epochs)


@registry.schedules("jointre.delay.v1")
class Delay(Schedule):
    """Is ``before`` for the first ``epochs``, then ``after``: for a task that begins later (Miwa and Bansal, 2016)."""

    def __init__(
        self, epochs: NonNegativeFloat = 1.0, before: NonNegativeFloat = 0.0, after: NonNegativeFloat = 1.0
    ) -> None:
        self.epochs, self.before, self.after = epochs, before, after

    def __call__(self, progress: Progress) -> float:
        """Return ``before`` or ``after``."""
        return self.before if progress.epoch < self.epochs else self.after
