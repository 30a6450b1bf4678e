"""Schedules: numbers that change during training."""

from jointre.schedules.base import Progress, Schedule
from jointre.schedules.warmup import Constant, WarmupLinear

__all__ = ["Constant", "Progress", "Schedule", "WarmupLinear"]
