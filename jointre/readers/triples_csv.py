"""Tables with one triple per row: a sentence, the head, the relation and the tail."""

import csv
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from jointre.data.doc import Doc
from jointre.data.report import Report, first_few
from jointre.errors import Fault
from jointre.limits import InputPath
from jointre.place import Place
from jointre.readers.head import Head, look_at
from jointre.readers.records import Record, lines_of
from jointre.readers.table_columns import ROLES, Column, TableFormat, table_format
from jointre.readers.triples import Occurrence, TriplesReader
from jointre.registry import registry

KEYS = {
    "head": "subject",
    "relation": "predicate",
    "tail": "object",
    "head_type": "subject_type",
    "tail_type": "object_type",
}
"""The keys of a triple that is an object, by the role of a column."""
NAME_THEM = "name the columns, for instance --reader jointre.triples_csv.v1:sentence=text,head=subj,tail=obj"
QUOTING = "write a double quote inside quotes twice, or set quotes = false if quotes are part of the text"


@dataclass
class Rows:
    """The rows of one sentence; ``others`` are the cells of the columns without a role, by name."""

    where: Place
    id: str
    triples: list[dict[str, Any]] = field(default_factory=list)
    others: dict[str, list[str]] = field(default_factory=dict)


@registry.readers("jointre.triples_csv.v1")
class TriplesCsvReader(TriplesReader):
    """Reads CSV and TSV with columns for a sentence, head, relation and tail; rows of one sentence are one document.

    Columns are found by the names in the header (`sentence` or `text`, `head` or `subject`, `relation` or `predicate`,
    `tail` or `object`, and similar ones, also `head_type`, `tail_type` and `id`). A table without a header has the
    sentence, head, relation and tail in this order. Cells are separated by commas, tabs, semicolons or bars. Names are
    searched in the sentence as by `TriplesReader`. A row with nothing but a sentence has no triple. Other columns are
    kept in ``meta``, as lists if the rows of a sentence differ.

    Args:
        path: the file, also as ``.gz``; None if it is set later.
        types: a types file, or None.
        sentence, head, relation, tail: the name or the number (from 1) of a column, if it is not found by itself.
        header: whether the first row has the names of the columns; None to decide by the names.
        quotes: whether cells may be in double quotes; None to decide by the first lines.
        occurrence, no_relation, repair: as in `TriplesReader`.
    """

    layout = "lines: 4 columns with tabs, commas, semicolons or bars (sentence, head, relation, tail)"

    def __init__(
        self,
        path: InputPath | None,
        types: InputPath | None = None,
        sentence: Column | None = None,
        head: Column | None = None,
        relation: Column | None = None,
        tail: Column | None = None,
        header: bool | None = None,
        quotes: bool | None = None,
        occurrence: Occurrence = "first",
        no_relation: str = "None",
        repair: bool = True,
    ) -> None:
        super().__init__(path, types, "relation_list", occurrence, no_relation, repair)
        self.sentence = sentence
        self.head = head
        self.relation = relation
        self.tail = tail
        self.header = header
        self.quotes = quotes

    @classmethod
    def recognises(cls, head: Head) -> bool:
        """Return whether the first lines are a table whose header names the four columns, or of such triples."""
        return head.record is None and bool(head.lines) and table_format(head.lines, {}) is not None

    def records_of(self, path: Path, report: Report) -> Iterator[Record]:
        """Yield the sentences of the table, each with its rows, in the order of their first rows."""
        given = {role: getattr(self, role) for role in ROLES}
        named = {role: column for role, column in given.items() if column is not None}
        head = look_at(path)
        form = table_format(head.lines, named, self.header, self.quotes)
        if form is None:
            first = f"; its first line is {head.lines[0]!r}" if head.lines else ""
            what = f"it has no columns for {', '.join(ROLES)}{first}"
            report.faults.append(Fault(what, str(path), NAME_THEM))
            return
        sentences: dict[str, Rows] = {}
        for where, cells in _rows(path, form, report):
            self._add(form, where, cells, sentences, report)
        others = _others(form)
        what = f"columns that are not read, kept with each document ({first_few(list(others))})"
        report.count(what, Place(str(path), 1), len(others))
        for text, rows in sentences.items():
            yield Record(rows.where, rows.id, (text, rows))

    def parse(self, record: Record, report: Report) -> Doc | None:
        """Return the document of a sentence."""
        text, rows = record.value
        doc = super().parse(replace(record, value={"text": text, "relation_list": rows.triples}), report)
        meta = {name: cells[0] if len(set(cells)) == 1 else cells for name, cells in rows.others.items()}
        return None if doc is None else replace(doc, meta={**meta, **doc.meta})

    def _add(
        self, form: TableFormat, where: Place, cells: list[str], sentences: dict[str, Rows], report: Report
    ) -> None:
        """Add a row to those of its sentence, or its faults to the report."""
        cell = {role: cells[place] for role, place in form.columns.items()}
        empty = [role for role in ROLES if not cell[role].strip()]
        if "sentence" in empty or (empty and len(empty) < len(ROLES) - 1):
            remedy = "a row has a sentence, head, relation and tail, or only a sentence"
            report.faults.append(Fault(f"the cell of {' and of '.join(empty)} is empty", where, remedy))
            return
        name = cell.get("id", "").strip()
        rows = sentences.setdefault(cell["sentence"], Rows(where, name or where.name()))
        report.count("ids of further rows of a sentence, not used", where, int(name not in ("", rows.id)))
        for key, place in _others(form).items():
            rows.others.setdefault(key, []).append(cells[place])
        if not empty:
            rows.triples.append({key: cell[role] for role, key in KEYS.items() if cell.get(role, "").strip()})


def _others(form: TableFormat) -> Mapping[str, int]:
    """Return the columns without a role, by name."""
    names = form.header or [f"column {number}" for number in range(1, form.size + 1)]
    return {name: place for place, name in enumerate(names) if place not in form.columns.values()}


def _rows(path: Path, form: TableFormat, report: Report) -> Iterator[tuple[Place, list[str]]]:
    """Yield the rows below the header, each with the line where it begins; report those that do not fit."""
    numbers: list[int] = []  # of the lines of the row that is read
    rows = form.rows(_numbered(lines_of(path, report), numbers))
    is_header = bool(form.header)
    while True:
        numbers.clear()
        try:
            cells = next(rows)
        except StopIteration:
            return
        except csv.Error as error:
            where = Place(str(path), numbers[0] if numbers else None)
            report.faults.append(Fault(f"broken row: {error}", where, QUOTING))
            continue
        if not any(cell.strip() for cell in cells):
            continue
        where = Place(str(path), numbers[0] if numbers else None)
        if len(cells) != form.size:
            what = f"{len(cells)} cells, but the first row has {form.size}"
            remedy = f"put a cell with {form.delimiter!r} in it in double quotes"
            report.faults.append(Fault(what, where, remedy))
        elif not is_header:
            yield where, cells
        is_header = False


def _numbered(lines: Iterable[tuple[int, str]], numbers: list[int]) -> Iterator[str]:
    """Yield the lines, and add the number of each to a list."""
    for number, line in lines:
        numbers.append(number)
        yield f"{line}\n"
