"""Documents to predict on with entities that the user gives, in the input itself or in a separate file."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from itertools import zip_longest
from pathlib import Path
from typing import Any

from jointre.data.doc import Doc, Entity
from jointre.data.labels import Labels
from jointre.data.raw_text import check_characters, doc_from_text
from jointre.data.report import Report
from jointre.data.resplit import split_again
from jointre.data.segments import joined_around_entities
from jointre.data.validate import check_entities, merge_duplicates
from jointre.errors import DataError, Fault
from jointre.place import Place
from jointre.readers.fields import Fields, kind
from jointre.readers.open import read_input, text_lines
from jointre.readers.parse_record import STANDARD
from jointre.readers.records import Record, files_of, records
from jointre.readers.text import doc_of_line
from jointre.splitters.base import Splitter

ANNOTATED = "give a corpus with entities, or a file with the entities: --entities FILE"


@dataclass
class GivenDocs:
    """Documents with given entities. No document follows the first fault; all faults are raised in the end.

    Args:
        source: as `read_input` takes it.
        entities: ``gold`` for the entities of the source, or a JSON Lines file with one record per non-blank line of a
            raw text, or per document of a corpus, in the same order; each record has a list ``entities``.
        labels: the types of the model. If there is only one entity type, entities need no label.
        reader, splitter: as `read_input` takes them.

    Raises:
        DataError: during iteration, with all faults.
    """

    source: str
    entities: str
    labels: Labels
    notices: list[str] = field(default_factory=list)
    reader: str | None = None
    splitter: Splitter | None = None

    def __iter__(self) -> Iterator[Doc]:
        report = Report()
        for doc in self._docs(report):
            if not report.faults:
                yield doc
        report.faults += report.unknown_types(self.labels)
        self.notices = report.notices
        report.raise_faults(f"{self.source} cannot be predicted on")

    def _docs(self, report: Report) -> Iterator[Doc]:
        return self._annotated(report) if self.entities == "gold" else self._from_file(report)

    def _annotated(self, report: Report) -> Iterator[Doc]:
        if text_lines(self.source, self.reader) is not None:
            raise DataError(f"{self.source} has no entities", [Fault("is raw text", self.source, ANNOTATED)])
        for doc in read_input(self.source, reader=self.reader):
            for entity in doc.entities:
                report.use("entity", entity.label, doc.where or doc.id)
            yield doc

    def _from_file(self, report: Report) -> Iterator[Doc]:
        """Yield the documents of the source with the entities of the file."""
        lines = text_lines(self.source, self.reader)
        units: Iterable[tuple[int, str] | Doc] = (
            read_input(self.source, reader=self.reader) if lines is None else lines(report)
        )
        name = "standard input" if self.source == "-" else self.source
        given = (record for file in files_of(Path(self.entities)) for record in records(file, report))
        counts = [0, 0]
        for unit, record in zip_longest(units, given):
            counts = [counts[0] + (unit is not None), counts[1] + (record is not None)]
            if unit is not None and record is not None:
                spans = GivenRecord(record, self.labels, report, self.splitter)
                if isinstance(unit, Doc):
                    yield from spans.document(unit)
                else:
                    number, text = unit
                    doc = doc_of_line(text, number, Path(name).name, self.splitter)
                    yield from spans.line(replace(doc, where=Place(name, number)))
        if counts[0] != counts[1]:
            units_are = "documents" if lines is None else "lines that are not blank"
            report.faults.append(unequal(self.entities, counts[1], name, counts[0], units_are))


def unequal(entities: str, count: int, name: str, units: int, what: str) -> Fault:
    """Return the fault of a file with entities that has more or fewer records than there are documents.

    Args:
        entities: the file.
        count: the number of its records.
        name: of the input.
        units: the number of documents of the input.
        what: "documents" or "lines that are not blank".
    """
    remedy = 'write a record for each, in their order; one without entities is {"entities": []}'
    return Fault(f"has {count} records, but {name} has {units} {what}", entities, remedy)


class GivenRecord:
    """The entities of one record of a file with given entities.

    Args:
        record: has a list ``entities``.
        labels: the types of the model. If there is only one entity type, entities need no label.
        report: gets the faults, and what a user may not expect.
        splitter: splits raw text, None for the default rule.
    """

    def __init__(self, record: Record, labels: Labels, report: Report, splitter: Splitter | None) -> None:
        self.record, self.report, self.splitter = record, report, splitter
        self.found: list[Entity] = []
        value = record.value
        if not isinstance(value, dict) or "entities" not in value:
            what = "there is no 'entities'" if isinstance(value, dict) else f"a record is {kind(value)}"
            remedy = 'write {"entities": [{"start": 0, "end": 3, "label": "..."}]}'
            report.faults.append(Fault(what, record.where, remedy))
            return
        fields = Fields(replace(record, value=_labelled(value, labels)), STANDARD, report)
        found = fields.entities()
        report.faults += fields.faults
        self.found = [entity for entity in found if entity is not None]

    def line(self, doc: Doc) -> Iterator[Doc]:
        """Yield a line of raw text with the record's entities; sentences that share one of them are read together."""
        if self._faulty(check_characters(doc.text or "", self.found, self.record.where)):
            return
        read = self._doc(doc)
        joined = joined_around_entities(read)
        what = "sentences read together with the one before, because an entity lies in both"
        self.report.count(what, read.where, len(read.sentences or ()) - len(joined.sentences or ()))
        yield joined

    def document(self, doc: Doc) -> Iterator[Doc]:
        """Yield the document with the record's entities; their offsets count characters if the document has a text."""
        if doc.text is not None and doc.offsets is not None:
            if not self._faulty(check_characters(doc.text, self.found, self.record.where)):
                yield self._doc(split_again(doc, self.splitter))
        elif not self._faulty(check_entities(self.found, len(doc.words), self.record.where)):
            bare = replace(doc, entities=self.found, relations=[])
            yield merge_duplicates(bare, self.report, self.record.where)

    def _faulty(self, faults: list[Fault]) -> bool:
        self.report.faults += faults
        return bool(faults)

    def _doc(self, doc: Doc) -> Doc:
        """Return a document with a text and the record's entities."""
        assert doc.text is not None
        made = doc_from_text(
            doc.text, self.found, words=doc.offsets, report=self.report, where=self.record.where
        )
        bare = replace(doc, entities=made.entities, relations=[])
        return merge_duplicates(bare, self.report, self.record.where)


def _labelled(value: dict[str, Any], labels: Labels) -> dict[str, Any]:
    """Return the record with the model's only entity type on all entities without a type."""
    items = value["entities"]
    if len(labels.entities) != 1 or not isinstance(items, list):
        return value
    only = labels.entities[0]
    return {**value, "entities": [{"label": only, **i} if isinstance(i, dict) else i for i in items]}
