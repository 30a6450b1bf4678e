"""Remove overlapping entities from a corpus, or the documents that contain them."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from functools import cache
from itertools import accumulate, pairwise
from typing import Literal

from jointre.data.doc import Doc, Entity, Relation
from jointre.data.report import Report
from jointre.place import Where

Overlapping = Literal["keep", "drop_sentence", "drop_relation", "drop_contained"]


def without_overlaps(doc: Doc, policy: Overlapping, report: Report, where: Where) -> Doc | None:
    """Return the document without overlaps, or None if it is left out of the corpus; count what is left out.

    Args:
        doc: a sentence.
        policy: ``drop_sentence`` leaves out sentences in which two entities share a word. ``drop_relation`` leaves out
            relations between two entities that share a word, then entities and sentences that lose their last
            relation. ``drop_contained`` does the same, and also for two entities if the text of one contains the text
            of the other, wherever they are and whatever their letter case and blanks. It gives the sentences and the
            number of relations of the ADE column file of Giorgi et al.
        report: gets the counts.
        where: the place of the document.
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
    """Yield the documents except those with the same words as an earlier one."""
    seen = set[tuple[str, ...]]()
    for doc in docs:
        words = tuple(doc.words)
        report.count("sentences with the words of an earlier one, left out", doc.where, int(words in seen))
        if words not in seen:
            seen.add(words)
            yield doc


def _without_orphans(doc: Doc, kept: list[Relation], report: Report, where: Where) -> Doc:
    """Return the document with the relations ``kept``, without entities that had only other relations."""
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
    """Return whether two entities share a word, or the text of one contains the text of the other.

    The text is joined once and searched in place, however many relations a wide entity has.
    """
    words = ["".join(word.split()).casefold() for word in doc.words]
    text, starts = "".join(words), list(accumulate(map(len, words), initial=0))

    @cache
    def within(inner: tuple[int, int], outer: tuple[int, int]) -> bool:
        return text.find(text[slice(*inner)], *outer) >= 0

    def contained(a: Entity, b: Entity) -> bool:
        spans = [(starts[entity.start], starts[entity.end]) for entity in (a, b)]
        inner, outer = sorted(spans, key=lambda span: span[1] - span[0])
        return a.overlaps(b) or within(inner, outer)

    return contained
