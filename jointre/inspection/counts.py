"""Count what is in a corpus: documents, types, overlaps."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from jointre.data.doc import Doc
from jointre.data.triples import COUNT_CLASSES, OVERLAP_CLASSES, count_classes, overlap_classes, triples_of


@dataclass(frozen=True)
class Counts:
    """The counts of one corpus.

    Args:
        documents, words, entities, relations: total numbers.
        without_entities, without_relations: numbers of documents that have none.
        entity_types, relation_types: number of occurrences of each type, in the order of the labels.
        overlapping: entities that share a word with another entity.
        nested: entities inside a longer entity.
        crossing: entities that share words with another entity while neither contains the other.
        second_types: entities whose span already has an entity of another type.
        shared_pairs: ordered pairs of entities with several relations.
        triple_classes: documents that are Normal, EPO, SEO, Single, Double, Multiple, with arguments identified by
            mention; a document can be in several classes.
    """

    documents: int
    words: int
    entities: int
    relations: int
    without_entities: int
    without_relations: int
    entity_types: dict[str, int]
    relation_types: dict[str, int]
    overlapping: int
    nested: int
    crossing: int
    second_types: int
    shared_pairs: int
    triple_classes: dict[str, int]


def count(docs: Sequence[Doc], entity_types: Sequence[str], relation_types: Sequence[str]) -> Counts:
    """Count a corpus whose types are among the given types."""
    entities, relations, classes, found = (Counter[str]() for _ in range(4))
    for doc in docs:
        entities.update(entity.label for entity in doc.entities)
        relations.update(relation.label for relation in doc.relations)
        nested, holding, crossing, twins = overlaps_of(doc)
        pairs = Counter((relation.head, relation.tail) for relation in doc.relations)
        triples = triples_of(doc)
        classes.update((*overlap_classes(triples), *count_classes(triples)))
        found["words"] += len(doc.words)
        found["without entities"] += not doc.entities
        found["without relations"] += not doc.relations
        found["overlapping"] += len(nested | holding | crossing | twins)
        found["nested"] += len(nested)
        found["crossing"] += len(crossing)
        found["second types"] += len(doc.entities) - len({entity.extent for entity in doc.entities})
        found["shared pairs"] += sum(times > 1 for times in pairs.values())
    return Counts(
        documents=len(docs),
        words=found["words"],
        entities=entities.total(),
        relations=relations.total(),
        without_entities=found["without entities"],
        without_relations=found["without relations"],
        entity_types={label: entities[label] for label in entity_types},
        relation_types={label: relations[label] for label in relation_types},
        overlapping=found["overlapping"],
        nested=found["nested"],
        crossing=found["crossing"],
        second_types=found["second types"],
        shared_pairs=found["shared pairs"],
        triple_classes={name: classes[name] for name in (*OVERLAP_CLASSES, *COUNT_CLASSES)},
    )


def overlaps_of(doc: Doc) -> tuple[set[int], set[int], set[int], set[int]]:
    """Return the entities that are inside a longer one, that contain a shorter one, that cross another, that share a
    span.
    """
    nested, holding, crossing, twins = set[int](), set[int](), set[int](), set[int]()
    ordered = sorted(enumerate(doc.entities), key=lambda item: (item[1].start, -item[1].end))
    for position, (i, one) in enumerate(ordered):
        for j, other in ordered[position + 1 :]:
            if other.start >= one.end:
                break
            if one.extent == other.extent:
                twins |= {i, j}
            elif one.contains(other):
                nested.add(j)
                holding.add(i)
            else:
                crossing |= {i, j}
    return nested, holding, crossing, twins
