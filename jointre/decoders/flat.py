"""Decoding for corpora without nested or overlapping entities."""

import torch

from jointre.data.overlaps import disjoint
from jointre.data.stages import Prediction
from jointre.decoders.base import Decoder
from jointre.registry import registry


@registry.decoders("jointre.flat.v1")
class FlatDecoder(Decoder):
    """Keeps entities that do not overlap: of a document's entities the one with the highest score first, then the
    next one that shares no word with those kept, and so on.

    Of equal scores the entity that was found first is kept. If an entity is left out, so are its relations. They do not
    move to the kept one, even if it has the same words: its own pairs were also scored. Given entities are all kept.

    Args:
        same_type: whether only entities of the same type exclude each other, as in PL-Marker's published code.
    """

    def __init__(self, same_type: bool = False) -> None:
        self.same_type = same_type

    def __call__(self, found: Prediction) -> Prediction:
        """Return the entities that do not overlap, and the relations between them."""
        if found.given:
            return found
        scores = found.entity_score.tolist()
        order = sorted(range(len(scores)), key=lambda row: -scores[row])
        kept = torch.zeros_like(found.entity_doc, dtype=torch.bool)
        kept[disjoint(self._apart(found), order)] = True
        return found.only(entities=kept)

    def _apart(self, found: Prediction) -> list[tuple[int, int]]:
        """Return the extents of the entities, moved so that those that do not exclude each other never overlap."""
        if not len(found.entity_words):
            return []
        part = found.entity_doc
        if self.same_type:
            part = part * (found.entity_label.max() + 1) + found.entity_label
        moved = found.entity_words + (part * found.entity_words.max()).unsqueeze(1)
        return [(start, end) for start, end in moved.tolist()]
