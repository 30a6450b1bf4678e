"""Entities and relations of a document as comparable tuples, and the filter for overlapping ones."""

from collections.abc import Iterable, Set

from jointre.data.doc import Doc, Entity, Relation
from jointre.metrics.counts import Item

Extent = tuple[int, int]


def extent(entity: Entity) -> Extent:
    """The words of an entity, without its type."""
    return entity.start, entity.end


def arguments(doc: Doc, relation: Relation) -> tuple[Entity, Entity]:
    """Head and tail of a relation of ``doc``."""
    return doc.entities[relation.head], doc.entities[relation.tail]


def entity_items(doc: Doc) -> set[Item]:
    """``(type, extent)`` of every entity."""
    return {(entity.label, extent(entity)) for entity in doc.entities}


def boundary_items(relations: Iterable[Relation], doc: Doc) -> set[Item]:
    """``(type, head extent, tail extent)`` of the relations of ``doc``: entity types are left out."""
    return {
        (relation.label, extent(head), extent(tail))
        for relation in relations
        for head, tail in [arguments(doc, relation)]
    }


def strict_items(relations: Iterable[Relation], doc: Doc) -> set[Item]:
    """``(type, head extent, head type, tail extent, tail type)`` of the relations of ``doc``."""
    return {
        (relation.label, extent(head), head.label, extent(tail), tail.label)
        for relation in relations
        for head, tail in [arguments(doc, relation)]
    }


def last_word_items(relations: Iterable[Relation], doc: Doc) -> set[Item]:
    """``(type, last word of the head, head type, last word of the tail, tail type)`` of the relations of ``doc``."""
    return {
        (relation.label, head.end, head.label, tail.end, tail.label)
        for relation in relations
        for head, tail in [arguments(doc, relation)]
    }


def overlap(one: Entity, other: Entity) -> bool:
    """Whether two different entities (extent or type differs) share a word."""
    same = extent(one) == extent(other) and one.label == other.label
    return not same and one.start < other.end and other.start < one.end


def free_entities(doc: Doc) -> set[Item]:
    """`entity_items` without those that overlap a different entity: both go, scores are not compared."""
    return entity_items(doc) - _clashing(doc)


def _clashing(doc: Doc) -> Set[Item]:
    entities = sorted(set(doc.entities), key=extent)
    clashing: set[Item] = set()
    for row, one in enumerate(entities):
        for other in entities[row + 1 :]:
            if other.start >= one.end:
                break
            if overlap(one, other):
                clashing |= {(one.label, extent(one)), (other.label, extent(other))}
    return clashing


def free_relations(doc: Doc) -> list[Relation]:
    """The relations whose own two arguments do not overlap.

    A relation stays if its argument overlaps a third entity, although `free_entities` leaves that out.
    """
    return [relation for relation in doc.relations if not overlap(*arguments(doc, relation))]
