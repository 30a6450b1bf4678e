"""Entities that the user gives in a separate file: each of its records is paired with the line that it is for."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path
from typing import Any, NamedTuple

from jointre.data.atomic_write import file_sha256
from jointre.data.doc import Doc
from jointre.data.labels import Labels
from jointre.data.report import Report
from jointre.data.strict_read import BOM
from jointre.errors import DataError, Fault
from jointre.jobs.inputs import InputFile, Origin
from jointre.jobs.source import Stretch
from jointre.place import Place
from jointre.readers.given_entities import GivenRecord, unequal
from jointre.readers.records import Record, files_of, records
from jointre.readers.text import paragraphs
from jointre.splitters.base import Splitter

MISSING = Record(Place(""), "", None)


class Pair(NamedTuple):
    """A line of the input, or a row of a table, and the record with its entities; None for a blank line."""

    line: Any
    record: Record | None


@dataclass(frozen=True)
class PairedFile(InputFile):
    """A file of the input whose lines are read as pairs.

    Args:
        entities: a JSON Lines file, or a folder of them, with a record for each line of the input that is not blank.
        before: the number of its records for earlier files of the input.
    """

    entities: Path = Path()
    before: int = 0

    def read(self, first: int) -> Iterator[Pair]:
        """Yield its lines with their records from number ``first`` on, which counts from 0."""
        skip = self.before + self.units(first)
        given = islice(_records(self.entities), skip, None)
        for number, line in enumerate(super().read(first), first + 1):
            record = None if self._is_blank(line, number) else next(given, MISSING)
            if record is MISSING:
                fault = Fault("it has fewer records than before", str(self.entities), "repeat the command")
                raise DataError("the entities have changed since they were checked", [fault])
            yield Pair(line, record)

    def units(self, lines: int) -> int:
        """Return how many of the first lines are not blank."""
        if self.origin.form in ("rows", "documents"):
            return lines
        start = islice(super().read(0), lines)
        return sum(not self._is_blank(line, number) for number, line in enumerate(start, 1))

    def _is_blank(self, line: Any, number: int) -> bool:
        if self.origin.form == "json":
            return not (line.removeprefix(BOM) if number == 1 else line).strip()
        report = Report()
        return (
            self.origin.form == "text"
            and not any(paragraphs([line], self.name, report, number))
            and not report.faults
        )


def paired(files: Sequence[InputFile], entities: Path) -> list[PairedFile]:
    """Return the files of the input, whose lines are paired with the records of ``entities``.

    Raises:
        DataError: the entities cannot be read, or there are more or fewer records than lines; with all faults.
    """
    found, units = list[PairedFile](), 0
    for file in files:
        made = PairedFile(file.origin, file.sha256, file.lines, file.corpus, entities, units)
        units += made.units(file.lines)
        found.append(made)
    count = sum(1 for _ in _records(entities))
    if count != units:
        kinds = {file.origin.form == "text": None for file in files}
        what = " and ".join("lines that are not blank" if text else "documents" for text in kinds)
        name = ", ".join(file.name for file in files)
        raise DataError("the entities cannot be used", [unequal(str(entities), count, name, units, what)])
    return found


def hashes(entities: Path) -> dict[str, str]:
    """Return the SHA-256 of each file with entities, by its name."""
    return {file.name: file_sha256(file) for file in files_of(entities)}


def docs_of_pairs(
    origin: Origin,
    stretch: Stretch,
    labels: Labels,
    splitter: Splitter | None,
    report: Report,
    changes: Report,
) -> Iterator[Doc]:
    """Yield the documents of consecutive pairs; those that are faulty are reported and left out.

    Args:
        origin: how the lines become documents.
        stretch: the pairs.
        labels: the types of the model.
        splitter: makes the words of raw text.
        report: gets the faults.
        changes: gets what a user may not expect.
    """
    for number, (line, record) in enumerate(stretch.lines, stretch.first):
        if record is None:
            continue
        for doc in origin.docs(replace(stretch, first=number, lines=(line,)), report, splitter):
            own = Report()
            given = GivenRecord(record, labels, own, splitter)
            docs = list(given.line(doc) if origin.form == "text" else given.document(doc))
            report.faults += own.faults
            for count in own.counts:
                changes.count(count.what, count.first, count.times)
            yield from docs if not own.faults else ()


def _records(entities: Path) -> Iterator[Record]:
    """Yield the records; raise a DataError with all faults in the end."""
    report = Report()
    for file in files_of(entities):
        yield from records(file, report)
    report.raise_faults(f"{entities} cannot be used")
