"""Distinguish the entities of a document where brackets and words do not."""

from collections import Counter

from jointre.data.doc import Doc, Relation


def crossing(doc: Doc) -> set[int]:
    """Return the rows of the entities that cross another one."""
    found, ordered = set[int](), sorted(enumerate(doc.entities), key=lambda item: item[1].extent)
    for position, (row, one) in enumerate(ordered):
        for other_row, other in ordered[position + 1 :]:
            if other.start >= one.end:
                break
            if one.crosses(other):
                found |= {row, other_row}
    return found


def numbers(doc: Doc) -> dict[int, int]:
    """Return numbers from 1, in text order, for entities that cross or whose words occur twice among arguments."""
    surfaces = Counter(doc.surface(entity) for entity in doc.entities)
    twice = {i for i, entity in enumerate(doc.entities) if surfaces[doc.surface(entity)] > 1}
    needed = crossing(doc) | (twice if doc.relations else set())
    order = sorted(needed, key=lambda i: (doc.entities[i].start, -doc.entities[i].end))
    return {entity: position for position, entity in enumerate(order, 1)}


def in_text_order(doc: Doc) -> list[Relation]:
    """Return the relations in the order of their heads, then of their tails."""

    def place(relation: Relation) -> tuple[int, int]:
        return doc.entities[relation.head].start, doc.entities[relation.tail].start

    return sorted(doc.relations, key=place)
