"""Schedules for the share of a teacher: from gold entities to predicted ones."""

from math import exp

from jointre.limits import NonNegativeInt, PositiveFloat
from jointre.registry import registry
from jointre.schedules.base import Progress, Schedule


@registry.schedules("jointre.inverse_sigmoid.v1")
class InverseSigmoid(Schedule):
    """Scheduled sampling (ENPAR, Section 2.4): 1, then an inverse sigmoid (Bengio et al., 2015).

    In epoch t, counted from 0, the share is 1 for t <= hold, then ``k / (k + exp((t - hold) / k))``. It changes from
    epoch to epoch, not within an epoch, and falls suddenly after epoch ``hold``.

    Args:
        k: the larger, the slower the share falls.
        hold: number of the last epoch with a share of 1.
    """

    def __init__(self, k: PositiveFloat = 3.0, hold: NonNegativeInt = 5) -> None:
        self.k, self.hold = k, hold

    def __call__(self, progress: Progress) -> float:
        """Return the share of gold."""
        since = int(progress.epoch) - self.hold
        if since <= 0:
            return 1.0
        falling = self.k * exp(-since / self.k)
        return falling / (falling + 1.0)
