"""Entities and relations of a document as comparable tuples, and a filter for overlapping ones."""

from collections.abc import Iterable, Set

from jointre.data.doc import Doc, Entity, Relation
from jointre.metrics.counts import Item

Extent = tuple[int, int]


def arguments(doc: Doc, relation: Relation) -> tuple[Entity, Entity]:
    """Return head and tail of a relation of ``doc``."""
    return doc.entities[relation.head], doc.entities[relation.tail]


def entity_items(doc: Doc) -> set[Item]:
    """Return ``(type, extent)`` of every entity."""
    return {_item(entity) for entity in doc.entities}


def _item(entity: Entity) -> Item:
    return entity.label, entity.extent


def boundary_items(relations: Iterable[Relation], doc: Doc) -> set[Item]:
    """Return ``(type, head extent, tail extent)`` of the relations of ``doc``, without entity types."""
    return {
        (relation.label, head.extent, tail.extent)
        for relation in relations
        for head, tail in [arguments(doc, relation)]
    }


def strict_items(relations: Iterable[Relation], doc: Doc) -> set[Item]:
    """Return ``(type, head extent, head type, tail extent, tail type)`` of the relations of ``doc``."""
    return {
        (relation.label, head.extent, head.label, tail.extent, tail.label)
        for relation in relations
        for head, tail in [arguments(doc, relation)]
    }


def last_word_items(relations: Iterable[Relation], doc: Doc) -> set[Item]:
    """Return ``(type, last word of the head, head type, last word of the tail, tail type)`` of the relations of
    ``doc``.
    """
    return {
        (relation.label, head.end, head.label, tail.end, tail.label)
        for relation in relations
        for head, tail in [arguments(doc, relation)]
    }


def free_entities(doc: Doc) -> set[Item]:
    """Return `entity_items` without any two entities that overlap; both are left out, whatever their scores."""
    return entity_items(doc) - _clashing(doc)


def _clashing(doc: Doc) -> Set[Item]:
    entities = sorted(set(doc.entities), key=lambda entity: entity.extent)
    clashing: set[Item] = set()
    for row, one in enumerate(entities):
        for other in entities[row + 1 :]:
            if other.start >= one.end:
                break
            if _clash(one, other):
                clashing |= {_item(one), _item(other)}
    return clashing


def _clash(one: Entity, other: Entity) -> bool:
    """Return whether two entities overlap and differ in extent or type."""
    return one.overlaps(other) and _item(one) != _item(other)


def free_relations(doc: Doc) -> list[Relation]:
    """Return the relations whose own two arguments do not overlap.

    A relation stays if one of its arguments overlaps a third entity, although `free_entities` leaves that argument out.
    """
    return [relation for relation in doc.relations if not _clash(*arguments(doc, relation))]
