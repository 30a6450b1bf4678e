"""TripleWriter: the base of the writers of formats that name the ends of a relation by their strings."""

from abc import abstractmethod
from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Any, ClassVar

from jointre.data.doc import Doc, Entity
from jointre.data.report import Report
from jointre.errors import DataError
from jointre.place import Place
from jointre.readers.records import Record
from jointre.readers.triples import TriplesReader
from jointre.writers.base import TextWriter
from jointre.writers.fit import (
    WORDS,
    Level,
    as_text,
    keep_entities,
    only,
    sentences,
    span,
    unite,
    where,
    without_keys,
    without_no_relation,
    without_types,
)

ROUNDS = 10  # after which a sentence is written as it is found; two are enough for almost all
REFUSED = "that the reader of the format refuses, such as those without words"
OTHER_PLACE = "entities whose words also occur earlier in the sentence, where a reader finds them"


class TripleWriter(TextWriter):
    """Writes sentences with triples, which have a text and often say only the strings of subject and object.

    The reader searches strings in the text, so `fit` asks it what it finds (`TriplesReader.parse`), and reports how
    that differs from the document.

    Args:
        no_relation: the label for "no relation".
        level: "sentence" writes a record per sentence; "document" keeps documents whole.

    Attributes:
        used: the keys of a record that are not ``meta``.
        has_types: whether the record has types of entities.
        has_spans: whether it says where the entities are.
    """

    used: ClassVar[tuple[str, ...]]
    has_types: bool = True
    has_spans: bool = False

    def __init__(self, no_relation: str, level: Level) -> None:
        self.no_relation = no_relation
        self.level: Level = level

    @abstractmethod
    def record(self, doc: Doc) -> dict[str, Any]:
        """Return the record of a sentence in a form of `TriplesReader`."""

    def fit(self, docs: Iterable[Doc], report: Report) -> Iterator[Doc]:
        """Yield sentences as the reader finds them."""
        for doc in docs:
            for part in sentences(doc, self.level, report):
                held = without_keys(only(part, report, "id", "meta"), self.used, report)
                held = self._without_loose(self.clean(as_text(held, report, keep_words=True), report), report)
                found = self._found(held)
                if found is None:
                    report.leave_out("documents", REFUSED, where(held))
                    self._compare(held, Doc([]), report)
                else:
                    self._compare(held, found, report)
                    yield found

    def _found(self, doc: Doc) -> Doc | None:
        """Return the sentence as the reader finds it, so that it finds the same in the record of the result; else None.

        Where blanks or accents differ, the string at the first place may be found at another one.
        """
        reader = TriplesReader(None, no_relation=self.no_relation)
        for _ in range(ROUNDS):
            try:
                found = reader.parse(Record(Place.of(where(doc)), "", self.record(doc)), Report())
            except DataError:
                return None
            if found is None:
                return None
            found = replace(found, id=doc.id, meta=doc.meta, where=doc.where)
            if found.annotation() == doc.annotation():
                return found
            doc = found
        return doc

    def clean(self, doc: Doc, report: Report) -> Doc:
        """Return a document with a text that the format can hold."""
        return doc

    def _without_loose(self, doc: Doc, report: Report) -> Doc:
        """Return the sentence with the types and entities that the format has."""
        doc = without_no_relation(doc, self.no_relation, report)
        if not self.has_types:
            doc = without_types(doc, report)
        if self.has_spans or not self.has_types:
            doc = unite(doc, span, "with the span of another one", report)
        if self.has_spans:
            return doc
        related = sorted({row for r in doc.relations for row in (r.head, r.tail)})
        return keep_entities(doc, related, "in no relation", report)

    def _compare(self, doc: Doc, found: Doc, report: Report) -> None:
        """Report how what the reader finds differs from a sentence."""
        report.count(WORDS, where(doc), int(bool(found.words) and found.words != doc.words))
        lost = len(doc.entities) - len(found.entities)
        report.leave_out("entities", "with the words of another one, or not found by them", where(doc), lost)
        lost = len(doc.relations) - len(found.relations)
        report.leave_out(
            "relations", "between words that are related already, or not found", where(doc), lost
        )
        known = {_characters(entity) for entity in doc.entities}
        moved = sum(_characters(entity) not in known for entity in found.entities)
        report.count(OTHER_PLACE, where(doc), moved)


def _characters(entity: Entity) -> tuple[int | None, int | None, str]:
    return entity.start_char, entity.end_char, entity.label
