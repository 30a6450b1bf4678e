"""Breakdowns: divide a corpus into buckets (by length, distance, type), and compute every metric in each of them."""

from jointre.breakdowns.ask import unknown, wrong_metric
from jointre.breakdowns.base import Breakdown, DocumentBreakdown, RelationBreakdown
from jointre.breakdowns.documents import Length, NEntities, NRelations
from jointre.breakdowns.errors import Errors
from jointre.breakdowns.flat import flat, flat_name, flat_names
from jointre.breakdowns.overlap import NTriples, Overlap
from jointre.breakdowns.relations import Distance, RelationType
from jointre.breakdowns.score import Broken, Bucket, score_by

__all__ = [
    "Breakdown",
    "Broken",
    "Bucket",
    "Distance",
    "DocumentBreakdown",
    "Errors",
    "Length",
    "NEntities",
    "NRelations",
    "NTriples",
    "Overlap",
    "RelationBreakdown",
    "RelationType",
    "flat",
    "flat_name",
    "flat_names",
    "score_by",
    "unknown",
    "wrong_metric",
]
