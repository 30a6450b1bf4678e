"""Losses: one number for scores and targets."""

from jointre.losses.base import Loss
from jointre.losses.entropy import BinaryCrossEntropy, CrossEntropy
from jointre.losses.grouped import GroupedBinaryCrossEntropy

__all__ = ["BinaryCrossEntropy", "CrossEntropy", "GroupedBinaryCrossEntropy", "Loss"]
