"""Poolers: one vector for a range of units."""

from jointre.poolers.base import Pooler
from jointre.poolers.cnn import CNNPooler
from jointre.poolers.reduce import FirstPooler, LastPooler, MaxPooler, MeanPooler, SumPooler

__all__ = ["CNNPooler", "FirstPooler", "LastPooler", "MaxPooler", "MeanPooler", "Pooler", "SumPooler"]
