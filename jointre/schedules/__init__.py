"""Schedules: numbers that change during training."""

from jointre.schedules.base import Progress, Schedule
from jointre.schedules.epochs import Delay, Linear
from jointre.schedules.sampling import InverseSigmoid
from jointre.schedules.warmup import Constant, WarmupConstant, WarmupLinear

__all__ = [
    "Constant",
    "Delay",
    "InverseSigmoid",
    "Linear",
    "Progress",
    "Schedule",
    "WarmupConstant",
    "WarmupLinear",
]
