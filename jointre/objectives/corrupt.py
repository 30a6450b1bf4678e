"""Masking and replacing the word pieces of entities."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from jointre.data.doc import Entity
from jointre.data.encoding import Encoding

Pieces = tuple[int, ...]


@dataclass(frozen=True)
class Replacements:
    """Entities as word pieces, by their number; one that was mentioned often stands there often (section 1.2)."""

    by_length: Mapping[int, Sequence[Pieces]] = field(default_factory=dict)

    @classmethod
    def of(cls, mentions: Iterable[Pieces]) -> "Replacements":
        """The table of these mentions."""
        found: dict[int, list[Pieces]] = {}
        for mention in mentions:
            found.setdefault(len(mention), []).append(mention)
        return cls(found)

    def draw(self, original: Pieces, rng: np.random.Generator) -> Pieces | None:
        """Another entity of as many pieces, each as likely as it is frequent; None if there is none."""
        known = self.by_length.get(len(original), ())
        for _ in range(8):
            if known and (drawn := known[int(rng.integers(len(known)))]) != original:
                return drawn
        others = [mention for mention in known if mention != original]
        return others[int(rng.integers(len(others)))] if others else None


def pieces_of(encoding: Encoding, entity: Entity) -> tuple[int, int]:
    """The range of word pieces of an entity, exclusive end."""
    return int(encoding.words[entity.start, 0]), int(encoding.words[entity.end - 1, 1])


def masked(encoding: Encoding, positions: Iterable[int], mask_id: int) -> Encoding:
    """The encoding with the mask at ``positions``."""
    ids = list(encoding.ids)
    for position in positions:
        ids[position] = mask_id
    return replace(encoding, ids=ids)


def replaced(
    encoding: Encoding, start: int, end: int, table: Replacements, mask_id: int, rng: np.random.Generator
) -> Encoding:
    """The encoding with another entity in place of pieces ``start`` to ``end``; masks, if the table has no other."""
    other = table.draw(tuple(encoding.ids[start:end]), rng)
    if other is None:
        return masked(encoding, range(start, end), mask_id)
    return replace(encoding, ids=[*encoding.ids[:start], *other, *encoding.ids[end:]])
