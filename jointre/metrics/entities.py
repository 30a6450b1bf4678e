"""jointre.entities.v1: entities by extent and type."""

from collections.abc import Set

from jointre.data.doc import Doc
from jointre.metrics.counts import Item
from jointre.metrics.items import entity_items, free_entities
from jointre.metrics.matching import MatchingMetric
from jointre.registry import registry


@registry.metrics("jointre.entities.v1")
class EntityMetric(MatchingMetric):
    """Entities; correct with the same words and the same type."""

    prefix = "entities"
    rule = "entities: span and type"
    unit = "entities"
    of_words = True

    def items(self, doc: Doc) -> Set[Item]:
        """Return ``(type, extent)`` of the entities."""
        return free_entities(doc) if self.overlapping == "drop" else entity_items(doc)
