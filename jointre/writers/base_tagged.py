"""TaggedWriter: the base of the writers of formats with one tag per word."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import ClassVar

from jointre.data.doc import Doc
from jointre.data.report import Report
from jointre.data.tags import Scheme, TagSpace
from jointre.writers.base import TextWriter
from jointre.writers.fit import (
    Held,
    Level,
    as_words,
    flat,
    only,
    rewritten,
    sentences,
    with_labels_as,
    with_words_as,
    with_words_in,
    without_relations,
)

COLUMN = re.compile(r"[\t\r\n\0]+")  # what cannot be in a column of a line


class TaggedWriter(TextWriter):
    """Writes one word per line with its tag, so entities cannot overlap; a subclass writes the lines of a sentence.

    Args:
        scheme: how the tags mark entities.
        level: "sentence" writes a block per sentence; "document" writes one per document.

    Attributes:
        has_relations: whether the format has relations.
        has_ids: whether it has the ids of documents.
    """

    has_relations: ClassVar[bool] = True
    has_ids: ClassVar[bool] = True

    def __init__(self, scheme: Scheme, level: Level) -> None:
        self.scheme: Scheme = scheme
        self.level: Level = level

    def fit(self, docs: Iterable[Doc], report: Report) -> Iterator[Doc]:
        """Yield sentences of words that lines can hold, with entities that do not overlap."""
        held: tuple[Held, ...] = ("id", "sentences") if self.has_ids else ("sentences",)
        for doc in docs:
            words = only(as_words(doc, report), report, *held)
            if not self.has_relations:
                words = without_relations(words, report)
            for part in sentences(words, self.level, report):
                found = with_words_in(self._named(part), report)
                if found is not None:
                    found = with_labels_as(with_words_as(found, self.word, report), self.label, report)
                    yield self.fit_relations(flat(found, report), report)

    def _named(self, part: Doc) -> Doc:
        """Return a sentence with the id that can be written, and without its number."""
        return replace(part, id=COLUMN.sub(" ", part.id).strip() if self.has_ids else "", meta={})

    def fit_relations(self, doc: Doc, report: Report) -> Doc:
        """Return the sentence with the relations that the format holds."""
        return doc

    def word(self, text: str) -> str:
        """Return a word as it is written."""
        return rewritten(text, COLUMN)

    def label(self, text: str) -> str:
        """Return a type as it is written."""
        return rewritten(text, COLUMN)

    def tags(self, doc: Doc) -> list[str]:
        """Return the tags of a sentence."""
        return tags_of(doc, self.scheme)


def tags_of(doc: Doc, scheme: Scheme) -> list[str]:
    """Return one tag per word; the entities of the document do not overlap."""
    types = tuple(dict.fromkeys(entity.label for entity in doc.entities))
    space = TagSpace(scheme, types)
    spans = [(entity.start, entity.end, types.index(entity.label) + 1) for entity in doc.entities]
    return [space.names[tag] for tag in space.encode(spans, len(doc.words))]


def in_order(doc: Doc) -> list[int]:
    """Return the new row of each entity if entities are counted from left to right."""
    order = sorted(range(len(doc.entities)), key=lambda row: doc.entities[row].start)
    new = {old: number for number, old in enumerate(order)}
    return [new[row] for row in range(len(order))]
