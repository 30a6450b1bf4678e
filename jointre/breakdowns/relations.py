"""Breakdowns by the distance between the arguments of a relation, and by its type."""

from collections.abc import Sequence

from jointre.breakdowns.base import RelationBreakdown
from jointre.breakdowns.bounds import Bounds
from jointre.data.doc import Doc, Relation
from jointre.registry import registry

OVERLAPPING = "overlapping"


@registry.breakdowns("jointre.distance.v1")
class Distance(RelationBreakdown):
    """Relations by the number of words between their arguments, 0 if they are adjacent.

    Arguments that share a word have a bucket of their own, "overlapping".

    Args:
        bounds: the first distance of each bucket except the first bucket, in words, ascending.
    """

    title = "words between the arguments of the relation"

    def __init__(self, bounds: Sequence[int] = (3, 6, 11, 21)) -> None:
        self._ranges = Bounds(bounds, type(self).__name__)

    def buckets(self) -> Sequence[str]:
        """Return "overlapping", then the ranges."""
        return (OVERLAPPING, *self._ranges.names)

    def bucket(self, relation: Relation, doc: Doc) -> str:
        """Return the range of the number of words between head and tail, whichever comes first."""
        gap = doc.entities[relation.head].gap(doc.entities[relation.tail])
        return self._ranges.name(gap) if gap >= 0 else OVERLAPPING


@registry.breakdowns("jointre.relation_type.v1")
class RelationType(RelationBreakdown):
    """Relations by type; the buckets are the types that occur in gold or in predictions."""

    title = "relation type"

    def buckets(self) -> None:
        """Return None: the types are found in the data."""
        return None

    def bucket(self, relation: Relation, doc: Doc) -> str:
        """Return the type."""
        return relation.label
