"""Cut documents into the segments that a model reads at once, and join the predictions for them."""

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import NamedTuple

from jointre.data.doc import Doc, Entity, Relation
from jointre.data.report import Report


class Extent(NamedTuple):
    """The words of a segment: predicted are words ``[start, end)``, read are words ``[left, right)``."""

    start: int
    end: int
    left: int
    right: int


@dataclass
class Segment(Doc):
    """The part of a document that a model reads at once, as a document of its own.

    ``text`` and the characters of its words are those of the whole document.

    Args:
        before, after: words around the segment, which are encoded but never predicted.
        first: the word of the document that is the segment's first.
    """

    before: Sequence[str] = ()
    after: Sequence[str] = ()
    first: int = 0


def divide(spans: Sequence[tuple[int, int]], size: int) -> bool:
    """Return whether spans are all of ``size`` words, each once and in order, and none is empty."""
    ends, starts = [0, *(end for _, end in spans)], [*(start for start, _ in spans), size]
    return ends == starts and all(start < end for start, end in spans)


def around(doc: Doc) -> tuple[Sequence[str], Sequence[str]]:
    """Return the words before and after a document that are encoded with it; none if it is not a segment."""
    return (doc.before, doc.after) if isinstance(doc, Segment) else ((), ())


def cut(doc: Doc, extents: Sequence[Extent]) -> list[Doc]:
    """Return the segments of a document, each with the annotation that lies within it.

    A document that is a single segment is returned as it is.
    """
    if len(extents) <= 1:
        return [doc]
    home = homes(doc, [(extent.start, extent.end) for extent in extents])
    rows: list[list[int]] = [[] for _ in extents]
    for row, segment in enumerate(home.entities):
        if segment is not None:
            rows[segment].append(row)
    relations: list[list[Relation]] = [[] for _ in extents]
    for relation, segment in zip(doc.relations, home.relations, strict=True):
        if segment is not None:
            relations[segment].append(relation)
    parts = zip(extents, rows, relations, strict=True)
    return [_segment(doc, extent, inner, links) for extent, inner, links in parts]


class Homes(NamedTuple):
    """The segment in which each entity and each relation lies; None if it lies in no single one."""

    entities: list[int | None]
    relations: list[int | None]


def homes(doc: Doc, segments: Sequence[tuple[int, int]]) -> Homes:
    """Return where the annotation lies among segments, words ``[start, end)`` that follow each other."""
    starts = [start for start, _ in segments]
    entities: list[int | None] = []
    for entity in doc.entities:
        segment = bisect_right(starts, entity.start) - 1
        entities.append(segment if entity.end <= segments[segment][1] else None)
    pairs = [(entities[relation.head], entities[relation.tail]) for relation in doc.relations]
    return Homes(entities, [head if head == tail else None for head, tail in pairs])


def _segment(doc: Doc, extent: Extent, rows: Sequence[int], relations: Sequence[Relation]) -> Segment:
    start, end, left, right = extent
    new = {row: number for number, row in enumerate(rows)}
    entities = [doc.entities[row] for row in rows]
    return Segment(
        doc.words[start:end],
        [replace(e, start=e.start - start, end=e.end - start) for e in entities],
        [replace(r, head=new[r.head], tail=new[r.tail]) for r in relations],
        doc.text,
        None if doc.offsets is None else doc.offsets[start:end],
        doc.id,
        doc.meta,
        doc.where,
        doc.split,
        before=doc.words[left:start],
        after=doc.words[end:right],
        first=start,
    )


def join(doc: Doc, segments: Sequence[Doc]) -> Doc:
    """Return the document with the annotation of its predicted segments, in the order of the text."""
    if len(segments) == 1:
        return segments[0]
    entities: list[Entity] = []
    relations: list[Relation] = []
    for segment in segments:
        assert isinstance(segment, Segment)
        shift, first = segment.first, len(entities)
        entities += [replace(e, start=e.start + shift, end=e.end + shift) for e in segment.entities]
        relations += [replace(r, head=r.head + first, tail=r.tail + first) for r in segment.relations]
    return replace(doc, entities=entities, relations=relations)


def count_cut(doc: Doc, parts: Sequence[Doc], unit: str, report: Report) -> None:
    """Report the annotation of a document that none of its parts has; ``unit`` is what they are: "segments"."""
    where = doc.where or doc.id
    entities, relations = (
        sum(len(part.entities) for part in parts),
        sum(len(part.relations) for part in parts),
    )
    report.leave_out("entities", f"across {unit}", where, len(doc.entities) - entities)
    report.leave_out("relations", f"between {unit}", where, len(doc.relations) - relations)


def sentences_of_words(doc: Doc, sentences: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    """Return sentences in characters as sentences in words; a word belongs to the sentence in which it begins."""
    assert doc.offsets is not None
    starts = [start for start, _ in doc.offsets]
    borders = sorted({0, len(starts), *(bisect_right(starts, start - 1) for start, _ in sentences)})
    return list(pairwise(borders))


def joined_around_entities(doc: Doc) -> Doc:
    """Return the document with sentences joined where an entity crosses their border."""
    if doc.sentences is None:
        return doc
    starts = [start for start, _ in doc.sentences]
    crossed = {
        border
        for entity in doc.entities
        for border in starts[bisect_right(starts, entity.start) : bisect_right(starts, entity.end - 1)]
    }
    borders = [start for start in starts if start not in crossed]
    return replace(doc, sentences=list(pairwise([*borders, len(doc.words)]))) if crossed else doc


def by_sentence(doc: Doc) -> list[Doc]:
    """Return each sentence as a document with its part of the text and the annotation that lies within it.

    With a text, ``meta`` gets the character at which the sentence begins (``start``); without one it gets the number of
    the sentence, from 0 (``sentence``), which also follows the ``id``. A document without words, or whose sentences are
    not known, is returned as it is.
    """
    if not doc.sentences:
        return [doc]
    parts = cut(doc, [Extent(start, end, start, end) for start, end in doc.sentences])
    if len(parts) == 1:
        parts = [replace(doc, sentences=None)]
    return [_sentence(part, number, len(parts)) for number, part in enumerate(parts)]


def _sentence(part: Doc, number: int, of: int) -> Doc:
    entities, words = part.entities, [(0, len(part.words))]
    if part.text is None or not part.offsets:
        meta = {**part.meta, "sentence": number} if of > 1 else part.meta
        name = f"{part.id}:{number}" if of > 1 else part.id
        return Doc(
            part.words, entities, part.relations, id=name, meta=meta, where=part.where, sentences=words
        )
    start, end = part.offsets[0][0], part.offsets[-1][1]
    return Doc(
        part.words,
        [replace(e, chars=(e.chars[0] - start, e.chars[1] - start)) if e.chars else e for e in entities],
        part.relations,
        part.text[start:end],
        [(a - start, b - start) for a, b in part.offsets],
        part.id,
        {**part.meta, "start": start},
        part.where,
        part.split,
        sentences=words,
    )
