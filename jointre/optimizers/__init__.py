"""Optimizers: created for a model once it is built."""

from jointre.optimizers.adamw import AdamSpec, AdamWSpec, BertAdamW, BertAdamWSpec
from jointre.optimizers.base import OptimizerSpec, decay_groups

__all__ = ["AdamSpec", "AdamWSpec", "BertAdamW", "BertAdamWSpec", "OptimizerSpec", "decay_groups"]
