"""Reduce documents to what a format holds, and report the rest; the writers combine these steps."""

import re
from collections.abc import Callable, Collection, Hashable, Iterator, Sequence
from dataclasses import replace
from importlib.util import find_spec
from itertools import accumulate
from pathlib import Path
from typing import Literal

from jointre.data.doc import Doc, Entity, Relation
from jointre.data.overlaps import without_overlaps
from jointre.data.raw_text import Offsets, doc_from_text, split_words, trim
from jointre.data.report import Report
from jointre.data.segments import by_sentence, count_cut, joined_around_entities, sentences_of_words
from jointre.errors import DataError, Fault
from jointre.place import Place, Where
from jointre.readers.base_pairs import ENTITY

Level = Literal["document", "sentence"]
Held = Literal["id", "meta", "sentences", "scores"]
SENTENCES = "documents whose sentences are not written"
WORDS = "documents whose words are not written: a reader splits the text again"


def refuse_missing(package: str, extra: str, path: Path) -> None:
    """Refuse to write a file if an optional package is not installed.

    Raises:
        DataError: with the extra of jointre that has it.
    """
    if find_spec(package) is None:
        fault = Fault(
            f"to write it, {package} must be installed", str(path), f"pip install 'jointre[{extra}]'"
        )
        raise DataError(f"{path} cannot be written", [fault])


def where(doc: Doc) -> Where:
    """Return the place of a document for a report."""
    return doc.where or doc.id


def own_id(doc: Doc) -> str:
    """Return the id of a document; empty if it is the default, which only names its place."""
    return "" if doc.id == Place.of(doc.where).name() else doc.id


def only(doc: Doc, report: Report, *held: Held) -> Doc:
    """Return the document with its words, its text, its annotation and what ``held`` names, and nothing else."""
    place = where(doc)
    if "id" not in held:
        report.count("ids of documents, not written", place, int(bool(own_id(doc))))
        doc = replace(doc, id="")
    if "meta" not in held:
        for key in doc.meta:
            report.count(f"key {key!r} of documents, not written", place)
        doc = replace(doc, meta={})
    if "sentences" not in held:
        several = doc.sentences is not None and len(doc.sentences) > 1
        report.count(SENTENCES, place, int(several))
        doc = replace(doc, sentences=None)
    if "scores" not in held:
        items: list[Entity | Relation] = [*doc.entities, *doc.relations]
        scored = sum(item.score is not None for item in items)
        report.count("scores of entities and relations, not written", place, scored)
        doc = replace(
            doc,
            entities=[replace(entity, score=None) for entity in doc.entities],
            relations=[replace(relation, score=None) for relation in doc.relations],
        )
    return doc


def without_keys(doc: Doc, keys: Collection[str], report: Report) -> Doc:
    """Return the document without the items of its meta whose keys mean something else in the format."""
    for key in doc.meta.keys() & set(keys):
        report.count(f"key {key!r} of documents, which the format uses, not written", where(doc))
    return replace(doc, meta={key: item for key, item in doc.meta.items() if key not in keys})


def sentences(doc: Doc, level: Level, report: Report) -> Iterator[Doc]:
    """Yield the sentences of a document, or at the level "document" the document itself without its sentences."""
    if level == "document" or doc.sentences is None:
        several = doc.sentences is not None and len(doc.sentences) > 1
        report.count(SENTENCES, where(doc), int(several))
        yield replace(doc, sentences=None)
        return
    parts = by_sentence(doc)
    count_cut(doc, parts, "sentences", report)
    for part in parts:
        yield replace(part, sentences=None)


def whole_sentences(doc: Doc, report: Report) -> Doc:
    """Return the document with sentences joined where an entity crosses their border, because each is in one."""
    whole = joined_around_entities(doc)
    if whole.sentences is not None and doc.sentences is not None:
        apart = len(doc.sentences) - len(whole.sentences)
        report.count("sentences joined with the one before by an entity in both", where(doc), apart)
    return whole


def with_words_in(doc: Doc, report: Report) -> Doc | None:
    """Return the document, or None if it has no words, which the format cannot express."""
    if doc.words:
        return doc
    report.leave_out("documents", "without words", where(doc))
    return None


def as_words(doc: Doc, report: Report) -> Doc:
    """Return the document without its text; entities are whole words."""
    if doc.text is None:
        return doc
    inside = sum(entity.chars is not None for entity in doc.entities)
    report.count("documents whose text is not written, only its words", where(doc))
    report.count("entities that begin or end inside a word, widened to it", where(doc), inside)
    entities = [replace(entity, chars=None) for entity in doc.entities]
    bare = replace(doc, text=None, offsets=None, entities=entities)
    return unite(bare, whole, "equal to another one after that", report) if inside else bare


def as_text(doc: Doc, report: Report, keep_words: bool = False) -> Doc:
    """Return the document with a text and entities in characters.

    Args:
        doc: the document; without a text, its words are joined by blanks.
        report: gets the changes.
        keep_words: whether the format holds words next to the text; otherwise its reader splits the text.
    """
    text, offsets = doc.text, doc.offsets
    if text is None or offsets is None:
        report.count("documents without a text, whose words are joined by blanks", where(doc))
        text, offsets = " ".join(doc.words), joined(doc.words)
    given = [
        entity.chars or (offsets[entity.start][0], offsets[entity.end - 1][1]) for entity in doc.entities
    ]
    visible = [row for row, (start, end) in enumerate(given) if text[start:end].strip()]
    spans = [
        replace(doc.entities[row], start=given[row][0], end=given[row][1], chars=None) for row in visible
    ]
    doc = keep_entities(doc, visible, "without a visible character", report)
    words = [word for start, end in offsets if (word := trim(text, start, end)) and word[0] < word[1]]
    if keep_words:
        report.count("blank words, not written", where(doc), len(offsets) - len(words))
    else:
        report.count(WORDS, where(doc), int(list(map(tuple, offsets)) != split_words(text)))
    found = doc_from_text(
        text, spans, doc.relations, words=words if keep_words else None, id=doc.id, meta=doc.meta
    )
    found = replace(found, where=doc.where)
    if doc.sentences is not None:
        borders = [(offsets[start][0], offsets[end - 1][1]) for start, end in doc.sentences]
        found = replace(found, sentences=sentences_of_words(found, borders))
    return unite(found, exact, "equal to another one without blanks at its ends", report)


def joined(words: Sequence[str]) -> Offsets:
    """Return the characters of words that are joined by single blanks."""
    ends = list(accumulate(len(word) + 1 for word in words))
    return [(end - len(word) - 1, end - 1) for word, end in zip(words, ends, strict=True)]


def keep_entities(doc: Doc, rows: Sequence[int], why: str, report: Report) -> Doc:
    """Return the document with some of its entities; report the others, and their relations.

    Args:
        doc: the document.
        rows: the entities to keep, in ascending order.
        why: what is wrong with the others: ``that overlap a wider one``.
        report: gets the numbers of entities and relations.
    """
    if len(rows) == len(doc.entities):
        return doc
    new = {old: number for number, old in enumerate(rows)}
    relations = [
        replace(r, head=new[r.head], tail=new[r.tail])
        for r in doc.relations
        if r.head in new and r.tail in new
    ]
    report.leave_out("entities", why, where(doc), len(doc.entities) - len(rows))
    report.leave_out("relations", f"of entities {why}", where(doc), len(doc.relations) - len(relations))
    return replace(doc, entities=[doc.entities[row] for row in rows], relations=relations)


def unite(doc: Doc, key: Callable[[Entity], Hashable], why: str, report: Report) -> Doc:
    """Return the document with the first of all entities that have the same ``key``; relations move to it.

    Args:
        doc: the document.
        key: what entities have in common that the format cannot tell apart.
        why: what is wrong with the others: ``with the span of another one``.
        report: gets the numbers of entities and relations that are lost.
    """
    rows: dict[Hashable, int] = {}
    for row, entity in enumerate(doc.entities):
        rows.setdefault(key(entity), row)
    first = [rows[key(entity)] for entity in doc.entities]
    doc = related(doc, first, report)
    return keep_entities(doc, list(rows.values()), why, report)


def related(doc: Doc, first: Sequence[int], report: Report) -> Doc:
    """Return the document with relations moved to other entities; ``first`` has the new row of each entity."""
    if list(first) == list(range(len(doc.entities))):
        return doc
    moved = [replace(r, head=first[r.head], tail=first[r.tail]) for r in doc.relations]
    kept: dict[tuple[int, int, str], Relation] = {}
    for relation in moved:
        if relation.head != relation.tail:
            kept.setdefault((relation.head, relation.tail, relation.label), relation)
    loops = sum(relation.head == relation.tail for relation in moved)
    report.leave_out("relations", "between entities that the format cannot tell apart", where(doc), loops)
    twice = len(moved) - loops - len(kept)
    report.leave_out("relations", "equal to another one between the same words", where(doc), twice)
    return replace(doc, relations=list(kept.values()))


def by_span(doc: Doc, report: Report) -> Doc:
    """Return the document with the relations of a span that has several types at the first of them.

    The relations of the format point to spans, so its reader cannot know which of the types is meant.
    """
    rows: dict[Hashable, int] = {}
    for row, entity in enumerate(doc.entities):
        rows.setdefault((entity.extent, entity.chars), row)
    first = [rows[entity.extent, entity.chars] for entity in doc.entities]
    moved = sum(first[r.head] != r.head or first[r.tail] != r.tail for r in doc.relations)
    report.count("relations of a span with several types, moved to its first type", where(doc), moved)
    return related(doc, first, report)


def flat(doc: Doc, report: Report) -> Doc:
    """Return the document without entities that overlap a wider one."""
    return keep_entities(doc, without_overlaps(doc.entities, "outer"), "that overlap a wider one", report)


def rewritten(text: str, unfit: re.Pattern[str]) -> str:
    """Return a name or a word with ``_`` for the characters that a format cannot hold."""
    return unfit.sub("_", text) or "_"


def with_words_as(doc: Doc, change: Callable[[str], str], report: Report) -> Doc:
    """Return the document with words that a format of columns can hold."""
    words = [change(word) for word in doc.words]
    changed = sum(new != old for new, old in zip(words, doc.words, strict=True))
    report.count('words that the format cannot hold, written with "_"', where(doc), changed)
    return replace(doc, words=words)


def with_labels_as(doc: Doc, change: Callable[[str], str], report: Report) -> Doc:
    """Return the document with types that the format can hold; entities and relations that become equal are one."""
    items: list[Entity | Relation] = [*doc.entities, *doc.relations]
    changed = sum(change(item.label) != item.label for item in items)
    if not changed:
        return doc
    report.count(
        "types whose names the format cannot hold, written with other characters", where(doc), changed
    )
    doc = replace(
        doc,
        entities=[replace(entity, label=change(entity.label)) for entity in doc.entities],
        relations=[replace(relation, label=change(relation.label)) for relation in doc.relations],
    )
    relations = {(r.head, r.tail, r.label): r for r in reversed(doc.relations)}
    lost = len(doc.relations) - len(relations)
    report.leave_out("relations", "equal to another one after that", where(doc), lost)
    doc = replace(doc, relations=list(relations.values())[::-1])
    return unite(doc, exact, "equal to another one after that", report)


def without_no_relation(doc: Doc, name: str, report: Report) -> Doc:
    """Return the document without relations of the type that means "no relation" in the format."""
    relations = [relation for relation in doc.relations if relation.label != name]
    lost = len(doc.relations) - len(relations)
    report.leave_out("relations", f"named {name!r}, which means none", where(doc), lost)
    return replace(doc, relations=relations)


def without_types(doc: Doc, report: Report) -> Doc:
    """Return the document with the one type that readers give to entities without a type."""
    report.leave_out("types", "of entities", where(doc), sum(e.label != ENTITY for e in doc.entities))
    return replace(doc, entities=[replace(entity, label=ENTITY) for entity in doc.entities])


def without_relations(doc: Doc, report: Report) -> Doc:
    """Return the document without relations, which the format does not have."""
    report.leave_out("relations", "that the format does not have", where(doc), len(doc.relations))
    return replace(doc, relations=[])


def whole(entity: Entity) -> Hashable:
    """Return the key of an entity by its words and its type."""
    return entity.extent, entity.label


def exact(entity: Entity) -> Hashable:
    """Return the key of an entity by its words, its characters and its type."""
    return entity.extent, entity.label, entity.chars


def span(entity: Entity) -> Hashable:
    """Return the key of an entity by its words and its characters."""
    return entity.extent, entity.chars
