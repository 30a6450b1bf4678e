"""Corpora without overlapping entities: what leaves a document, and which documents leave the corpus."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from itertools import pairwise
from typing import Literal

from jointre.data.doc import Doc, Entity, Relation
from jointre.data.report import Report

Overlapping = Literal["keep", "drop_sentence", "drop_relation", "drop_contained"]


def without_overlaps(doc: Doc, policy: Overlapping, report: Report, where: str) -> Doc | None:
    """The document without overlaps, or None if it leaves the corpus; whatever leaves is counted.

    Args:
        doc: a sentence.
        policy: ``drop_sentence``: no sentence in which two entities share a word. ``drop_relation``: no relation
            between two entities that share a word, no entity that loses its last relation, no sentence that loses
            its last relation. ``drop_contained``: the same, also for two entities one of whose texts contains the
            other's wherever they stand; letter case and blanks do not count. It gives the sentences and the number of
            relations of the ADE column file of Giorgi et al.
        report: takes the counts.
        where: place of the document.
    """
    if policy == "keep":
        return doc
    if policy == "drop_sentence":
        shared = _any_overlap(doc)
        report.count("sentences with overlapping entities, left out", where, int(shared))
        return None if shared else doc
    related = Entity.overlaps if policy == "drop_relation" else _contained(doc)
    kept = [r for r in doc.relations if not related(doc.entities[r.head], doc.entities[r.tail])]
    report.count("relations between overlapping entities, left out", where, len(doc.relations) - len(kept))
    if doc.relations and not kept:
        report.count("sentences without another relation, left out", where)
        return None
    doc = _without_orphans(doc, kept, report, where)
    report.count("sentences in which entities still overlap", where, int(_any_overlap(doc)))
    return doc


def first_copies(docs: Iterable[Doc], report: Report) -> Iterator[Doc]:
    """The documents without those whose words an earlier one has."""
    seen = set[tuple[str, ...]]()
    for doc in docs:
        words = tuple(doc.words)
        report.count("sentences that an earlier one repeats, left out", doc.where, int(words in seen))
        if words not in seen:
            seen.add(words)
            yield doc


def _without_orphans(doc: Doc, kept: list[Relation], report: Report, where: str) -> Doc:
    """The document with ``kept`` as its relations, without the entities that had only others."""
    before, after = _arguments(doc.relations), _arguments(kept)
    stay = [i for i in range(len(doc.entities)) if i not in before - after]
    report.count("entities without another relation, left out", where, len(doc.entities) - len(stay))
    index = {old: new for new, old in enumerate(stay)}
    relations = [replace(r, head=index[r.head], tail=index[r.tail]) for r in kept]
    return replace(doc, entities=[doc.entities[i] for i in stay], relations=relations)


def _arguments(relations: Iterable[Relation]) -> set[int]:
    return {end for relation in relations for end in (relation.head, relation.tail)}


def _any_overlap(doc: Doc) -> bool:
    spans = sorted((entity.start, entity.end) for entity in doc.entities)
    return any(following[0] < span[1] for span, following in pairwise(spans))


def _contained(doc: Doc) -> Callable[[Entity, Entity], bool]:
    def text(entity: Entity) -> str:
        return "".join("".join(doc.words[entity.start : entity.end]).split()).casefold()

    return lambda a, b: a.overlaps(b) or text(a) in text(b) or text(b) in text(a)
