"""Mask and replace the word pieces of entities."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from jointre.data.doc import Entity
from jointre.data.encoding import Encoding

Pieces = tuple[int, ...]


@dataclass(frozen=True)
class Replacements:
    """Entities as word pieces, grouped by number of pieces; frequent entities are listed several times.

    Entities are replaced by others in this way in pre-training (ENPAR, Section 2.3).
    """

    by_length: Mapping[int, Sequence[Pieces]] = field(default_factory=dict)

    @classmethod
    def of(cls, mentions: Iterable[Pieces]) -> "Replacements":
        """Return the table of these mentions."""
        found: dict[int, list[Pieces]] = {}
        for mention in mentions:
            found.setdefault(len(mention), []).append(mention)
        return cls(found)

    def draw(self, original: Pieces, rng: np.random.Generator) -> Pieces | None:
        """Return another entity with the same number of pieces, drawn by frequency; None if there is none."""
        known = self.by_length.get(len(original), ())
        for _ in range(8):
            if known and (drawn := known[int(rng.integers(len(known)))]) != original:
                return drawn
        others = [mention for mention in known if mention != original]
        return others[int(rng.integers(len(others)))] if others else None


def pieces_of(encoding: Encoding, entity: Entity) -> tuple[int, int]:
    """Return the range of word pieces of an entity, with exclusive end."""
    return int(encoding.words[entity.start, 0]), int(encoding.words[entity.end - 1, 1])


def masked(encoding: Encoding, positions: Iterable[int], mask_id: int) -> Encoding:
    """Return the encoding with the mask at ``positions``."""
    ids = list(encoding.ids)
    for position in positions:
        ids[position] = mask_id
    return replace(encoding, ids=ids)


def replaced(
    encoding: Encoding, start: int, end: int, table: Replacements, mask_id: int, rng: np.random.Generator
) -> Encoding:
    """Return the encoding with another entity in place of the pieces ``start`` to ``end``, or masks if there is no
    other.
    """
    other = table.draw(tuple(encoding.ids[start:end]), rng)
    if other is None:
        return masked(encoding, range(start, end), mask_id)
    return replace(encoding, ids=[*encoding.ids[:start], *other, *encoding.ids[end:]])
