"""Constant and warm-up schedules."""

from jointre.limits import NonNegativeFloat, NonNegativeInt, ProperFraction
from jointre.registry import registry
from jointre.schedules.base import Progress, Schedule


@registry.schedules("jointre.constant.v1")
class Constant(Schedule):
    """Is always ``value``."""

    def __init__(self, value: NonNegativeFloat = 1.0) -> None:
        self.value = value

    def __call__(self, progress: Progress) -> float:
        """Return ``value``."""
        return self.value


@registry.schedules("jointre.warmup_linear.v1")
class WarmupLinear(Schedule):
    """Rises linearly from 0 to 1 during warm-up, then falls to 0 (SpERT, Section 4). The first update has rate 0.

    Args:
        warmup: share of all updates; the number of warm-up updates is not rounded.
    """

    def __init__(self, warmup: ProperFraction = 0.1) -> None:
        self.warmup = warmup

    def __call__(self, progress: Progress) -> float:
        """Return ``t / max(1, w)`` for t < w, else ``(U - t) / max(1, U - w)``, for update t of U with w of warm-up."""
        w = self.warmup * progress.total
        if progress.step < w:
            return progress.step / max(1.0, w)
        return max(0.0, (progress.total - progress.step) / max(1.0, progress.total - w))


@registry.schedules("jointre.warmup_constant.v1")
class WarmupConstant(Schedule):
    """Rises linearly from 0 to 1, then stays at 1, as in REDN's published code. The first update has rate 0.

    Args:
        steps: number of warm-up updates.
    """

    def __init__(self, steps: NonNegativeInt = 300) -> None:
        self.steps = steps

    def __call__(self, progress: Progress) -> float:
        """Return ``min(1, t / steps)`` for update t."""
        return min(1.0, progress.step / self.steps) if self.steps else 1.0
