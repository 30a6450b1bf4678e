"""Losses: one number for scores and targets."""

from jointre.losses.base import Loss
from jointre.losses.entropy import BinaryCrossEntropy, CrossEntropy

__all__ = ["BinaryCrossEntropy", "CrossEntropy", "Loss"]
