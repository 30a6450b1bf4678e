"""jointre.boundaries.v1 (Rel), jointre.strict.v1 (Rel+), jointre.last_word.v1: relations without and with entity types.

Direction counts: `jointre.data.labels.Labels.canonical` orders the arguments of symmetric relations beforehand, in gold
and prediction alike.
"""

from collections.abc import Sequence, Set

from jointre.data.doc import Doc, Relation
from jointre.metrics.counts import Item
from jointre.metrics.items import boundary_items, free_relations, last_word_items, strict_items
from jointre.metrics.matching import MatchingMetric
from jointre.registry import registry


class _RelationMetric(MatchingMetric):
    unit = "relations"

    def relations(self, doc: Doc) -> Sequence[Relation]:
        """Return the relations that are counted."""
        return free_relations(doc) if self.overlapping == "drop" else doc.relations


@registry.metrics("jointre.boundaries.v1")
class BoundaryMetric(_RelationMetric):
    """Relations (Rel); correct with the same type, head words and tail words, whatever the entity types."""

    prefix = "boundaries"
    rule = "boundaries (Rel): relation type and both spans, entity types ignored"
    of_words = True

    def items(self, doc: Doc) -> Set[Item]:
        """Return ``(type, head extent, tail extent)`` of the relations."""
        return boundary_items(self.relations(doc), doc)


@registry.metrics("jointre.strict.v1")
class StrictMetric(_RelationMetric):
    """Relations (Rel+); correct with the same type, both spans and both entity types."""

    prefix = "strict"
    rule = "strict (Rel+): relation type, both spans and both entity types"
    of_words = True

    def items(self, doc: Doc) -> Set[Item]:
        """Return ``(type, head extent, head type, tail extent, tail type)`` of the relations."""
        return strict_items(self.relations(doc), doc)


@registry.metrics("jointre.last_word.v1")
class LastWordMetric(_RelationMetric):
    """Relations as in Giorgi et al.'s published code: an argument is its last word and its type, wherever it begins."""

    prefix = "last_word"
    rule = "last word: relation type, last word and type of both entities"

    def items(self, doc: Doc) -> Set[Item]:
        """Return ``(type, last word of the head, head type, last word of the tail, tail type)`` of the relations."""
        return last_word_items(self.relations(doc), doc)
