"""Poolers: one vector for a range of units."""

from jointre.poolers.base import Pooler
from jointre.poolers.cnn import CNNPooler
from jointre.poolers.reduce import EndpointsPooler, FirstPooler, LastPooler, MaxPooler, MeanPooler, SumPooler

__all__ = [
    "CNNPooler",
    "EndpointsPooler",
    "FirstPooler",
    "LastPooler",
    "MaxPooler",
    "MeanPooler",
    "Pooler",
    "SumPooler",
]
