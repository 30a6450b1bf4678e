"""Turn kept spans and scored pairs into predicted documents."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Literal

from jointre.data.doc import Doc, Entity, Relation
from jointre.data.labels import Labels
from jointre.data.stages import Prediction

Merge = Literal["max", "first"]


def decode(docs: Sequence[Doc], found: Prediction, labels: Labels, merge: Merge) -> list[Doc]:
    """Return the given documents with the predicted entities and relations instead of gold.

    Entities of a document are in order of (start, end); relations in order of head, tail and type.
    """
    entities: list[list[tuple[int, Entity]]] = [[] for _ in docs]
    columns = (found.entity_doc, found.entity_words, found.entity_label, found.entity_score)
    for row, (doc, (start, end), label, score) in enumerate(zip(*(c.tolist() for c in columns), strict=True)):
        entities[doc].append((row, Entity(start, end, labels.entities[label - 1], score)))
    relations: list[list[tuple[int, int, str, float]]] = [[] for _ in docs]
    doc_of = found.entity_doc.tolist()
    columns = (found.head, found.tail, found.label, found.score)
    for head, tail, label, score in zip(*(c.tolist() for c in columns), strict=True):
        relations[doc_of[head]].append((head, tail, labels.relations[label], score))
    column = {label: number for number, label in enumerate(labels.relations)}
    parts = zip(docs, entities, relations, strict=True)
    return [_document(*part, labels, column, merge) for part in parts]


def _document(
    doc: Doc,
    entities: list[tuple[int, Entity]],
    relations: Iterable[tuple[int, int, str, float]],
    labels: Labels,
    column: Mapping[str, int],
    merge: Merge,
) -> Doc:
    entities = sorted(entities, key=lambda item: (item[1].start, item[1].end))
    place = {row: index for index, (row, _) in enumerate(entities)}
    spans = [entity for _, entity in entities]
    directed = [Relation(place[head], place[tail], label, score) for head, tail, label, score in relations]
    merged = merge_symmetric(spans, directed, labels.symmetric, merge)
    merged.sort(key=lambda r: (r.head, r.tail, column[r.label]))
    return replace(doc.bare(), entities=spans, relations=merged)


def merge_symmetric(
    entities: Sequence[Entity], relations: Iterable[Relation], symmetric: frozenset[str], merge: Merge
) -> list[Relation]:
    """Give symmetric relations one direction and one score.

    ``first``, as in SpERT's published code: swap if the tail starts before the head; keep the first of duplicates.
    ``max``: order by (start, end), so that nested pairs have one direction, too; keep the largest score.
    """
    kept: dict[tuple[int, int, str], Relation] = {}
    for relation in relations:
        if relation.label in symmetric and _wrong_order(entities, relation, merge):
            relation = replace(relation, head=relation.tail, tail=relation.head)
        key = (relation.head, relation.tail, relation.label)
        known = kept.get(key)
        if known is None or (merge == "max" and (relation.score or 0.0) > (known.score or 0.0)):
            kept[key] = relation
    return list(kept.values())


def _wrong_order(entities: Sequence[Entity], relation: Relation, merge: Merge) -> bool:
    head, tail = entities[relation.head], entities[relation.tail]
    if merge == "first":
        return tail.start < head.start
    return (tail.start, tail.end) < (head.start, head.end)
