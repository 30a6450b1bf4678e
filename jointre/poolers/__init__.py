"""Poolers: one vector for a range of units."""

from jointre.poolers.base import Pooler
from jointre.poolers.reduce import MaxPooler, MeanPooler, SumPooler

__all__ = ["MaxPooler", "MeanPooler", "Pooler", "SumPooler"]
