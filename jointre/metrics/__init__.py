"""Scoring predicted documents against gold ones: every number comes with the protocol that made it."""

from jointre.metrics.base import Metric, Row
from jointre.metrics.entities import EntityMetric
from jointre.metrics.overall import OverallMetric
from jointre.metrics.relations import BoundaryMetric, LastWordMetric, StrictMetric

__all__ = [
    "BoundaryMetric",
    "EntityMetric",
    "LastWordMetric",
    "Metric",
    "OverallMetric",
    "Row",
    "StrictMetric",
]
