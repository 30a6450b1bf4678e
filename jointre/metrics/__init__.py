"""Score predicted documents against gold documents; every score comes with its protocol."""

from jointre.metrics.base import Metric, Row
from jointre.metrics.entities import EntityMetric
from jointre.metrics.overall import OverallMetric
from jointre.metrics.redn import RednMetric
from jointre.metrics.relations import BoundaryMetric, LastWordMetric, StrictMetric
from jointre.metrics.semeval import SemevalMetric
from jointre.metrics.triples import TriplesMetric

__all__ = [
    "BoundaryMetric",
    "EntityMetric",
    "LastWordMetric",
    "Metric",
    "OverallMetric",
    "RednMetric",
    "Row",
    "SemevalMetric",
    "StrictMetric",
    "TriplesMetric",
]
