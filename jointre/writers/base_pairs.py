"""PairWriter: the base of the writers of formats with one pair of entities per record."""

from abc import abstractmethod
from collections.abc import Collection, Hashable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from typing import Any, ClassVar

from jointre.data.doc import Doc, Relation
from jointre.data.report import Report
from jointre.named import text_of
from jointre.writers.base import JsonLinesWriter
from jointre.writers.fit import (
    Level,
    keep_entities,
    only,
    span,
    unite,
    where,
    without_keys,
    without_no_relation,
    without_types,
)

EARLIER = "that an earlier document with the same words has"


class PairWriter(JsonLinesWriter):
    """Writes a record for each relation; a subclass writes the record of a pair.

    Only entities that are in a pair are written. The reader joins all records with the same sentence, so documents with
    equal words become one.

    Args:
        negatives: whether to also write pairs without a relation, with the label ``no_relation``. Then every document
            with two entities keeps all of its entities.
        no_relation: the label for "no relation".
        level: "sentence" writes the pairs of each sentence; "document" those of the whole document.

    Attributes:
        used: the keys of a record.
        has_types: whether the format has types of entities.
    """

    used: ClassVar[Collection[str]]
    has_types: ClassVar[bool] = False

    def __init__(self, negatives: bool = False, no_relation: str = "NA", level: Level = "sentence") -> None:
        self.reader = f"{self.reader}:no_relation={text_of(no_relation)}"
        self.negatives = negatives
        self.no_relation = no_relation
        self.level: Level = level

    @abstractmethod
    def parts(self, doc: Doc, report: Report) -> Iterator[Doc]:
        """Yield the sentences of a document, each with the text or the words that the format has."""

    @abstractmethod
    def pair(self, doc: Doc, relation: Relation) -> dict[str, Any]:
        """Return the record of a pair."""

    def fit(self, docs: Iterable[Doc], report: Report) -> Iterator[Doc]:
        """Yield sentences whose entities are all in a pair."""
        seen = Seen()
        for doc in docs:
            for part in self.parts(doc, report):
                held = self._pairs(part, report)
                if held is not None:
                    held = only(without_keys(held, self.used, report), report, "id", "meta")
                    yield seen.new(held, report)

    def _pairs(self, doc: Doc, report: Report) -> Doc | None:
        """Return a sentence without what is in no pair; None if nothing is left."""
        doc = without_no_relation(doc, self.no_relation, report)
        if not self.has_types:
            doc = unite(without_types(doc, report), span, "with the span of another one", report)
        if not (self.negatives and len(doc.entities) > 1):
            related = sorted({row for r in doc.relations for row in (r.head, r.tail)})
            doc = keep_entities(doc, related, "in no relation", report)
        if doc.entities:
            return doc
        report.leave_out("documents", "without a pair of entities", where(doc))
        return None

    def records(self, doc: Doc) -> Iterable[Any]:
        """Return the records of a sentence: those of its relations, then those of other pairs if they are asked for."""
        for relation in doc.relations:
            yield {**self.pair(doc, relation), **doc.meta}
        known = {(relation.head, relation.tail) for relation in doc.relations}
        every = range(len(doc.entities))
        for pair in (
            ((head, tail) for head in every for tail in every if head != tail) if self.negatives else ()
        ):
            if pair not in known:
                yield {**self.pair(doc, Relation(*pair, self.no_relation)), **doc.meta}


@dataclass
class Seen:
    """The entities and relations of the sentences that were written, by their words."""

    known: dict[Hashable, set[Hashable]] = field(default_factory=dict)

    def new(self, doc: Doc, report: Report) -> Doc:
        """Return the document without relations that an earlier one with the same words has; report them."""
        key = (doc.text, tuple(doc.words))
        entities = [(entity.extent, entity.label, entity.chars) for entity in doc.entities]
        relations = [(entities[r.head], entities[r.tail], r.label) for r in doc.relations]
        before = self.known.get(key)
        if before is None:
            self.known[key] = {*entities, *relations}
            return doc
        report.count("documents with the words of an earlier one, which a reader joins", where(doc))
        report.leave_out("entities", EARLIER, where(doc), sum(entity in before for entity in entities))
        fresh = [r for r, named in zip(doc.relations, relations, strict=True) if named not in before]
        report.leave_out("relations", EARLIER, where(doc), len(doc.relations) - len(fresh))
        before.update(entities, relations)
        return replace(doc, relations=fresh)
