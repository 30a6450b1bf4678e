"""Schedules of a teacher's share: from gold to what the model predicts itself."""

from math import exp

from jointre.limits import NonNegativeInt, PositiveFloat
from jointre.registry import registry
from jointre.schedules.base import Progress, Schedule


@registry.schedules("jointre.inverse_sigmoid.v1")
class InverseSigmoid(Schedule):
    """Scheduled sampling as in ENPAR (ENPAR, Section 2.4): 1, then an inverse sigmoid (Bengio et al., 2015).

    With t the number of the epoch, from 0: 1 for t <= hold, then ``k / (k + exp((t - hold) / k))``. It changes from
    epoch to epoch, not within one, and jumps at its first step.

    Args:
        k: how slowly it falls.
        hold: number of the last epoch at 1.
    """

    def __init__(self, k: PositiveFloat = 3.0, hold: NonNegativeInt = 5) -> None:
        self.k, self.hold = k, hold

    def __call__(self, progress: Progress) -> float:
        """The share of gold."""
        since = int(progress.epoch) - self.hold
        if since <= 0:
            return 1.0
        falling = self.k * exp(-since / self.k)
        return falling / (falling + 1.0)
