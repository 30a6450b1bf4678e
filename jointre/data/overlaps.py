"""Choose the entities of a document to keep if overlapping spans cannot be represented."""

from collections.abc import Iterable, Sequence
from typing import Literal

from jointre.data.doc import Entity

Overlap = Literal["refuse", "keep_outer", "keep_inner", "drop_sentence"]
Keep = Literal["outer", "inner", "first"]


def without_overlaps(entities: Sequence[Entity], keep: Keep) -> list[int]:
    """Return the rows of entities that do not overlap each other, in ascending order.

    Entities are taken one after the other unless one of their words is taken: ``outer`` the widest first, ``inner``
    the narrowest first, both of equal ones the leftmost first; ``first`` in the order of the document. Of two types
    on one span the first stays.
    """
    order = sorted(range(len(entities)), key=lambda row: _rank(entities[row], keep))
    return disjoint([entity.extent for entity in entities], order)


def disjoint(extents: Sequence[tuple[int, int]], order: Iterable[int]) -> list[int]:
    """Return rows of extents that share no word, ascending: one after the other in ``order``, unless one of its words
    is taken.
    """
    kept: list[int] = []
    taken: set[int] = set()
    for row in order:
        words = range(*extents[row])
        if taken.isdisjoint(words):
            kept.append(row)
            taken.update(words)
    return sorted(kept)


def _rank(entity: Entity, keep: Keep) -> tuple[int, int]:
    width = entity.end - entity.start
    return {"outer": (-width, entity.start), "inner": (width, entity.start), "first": (0, 0)}[keep]
