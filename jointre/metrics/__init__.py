"""Scoring predicted documents against gold ones: every number comes with the protocol that made it."""

from jointre.metrics.base import Metric, Row
from jointre.metrics.entities import EntityMetric
from jointre.metrics.relations import BoundaryMetric, StrictMetric

__all__ = ["BoundaryMetric", "EntityMetric", "Metric", "Row", "StrictMetric"]
