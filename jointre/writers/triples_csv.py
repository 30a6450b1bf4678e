"""Write tables with one triple per row."""

import csv
from collections.abc import Iterable, Iterator
from dataclasses import replace
from io import StringIO
from pathlib import Path
from typing import Any, Literal

from jointre.data.atomic_write import replacing, writing
from jointre.data.doc import Doc
from jointre.data.report import Report
from jointre.named import text_of
from jointre.readers.triples_csv import KEYS
from jointre.registry import registry
from jointre.writers.base_pairs import Seen
from jointre.writers.base_triples import TripleWriter
from jointre.writers.fit import Level, own_id, where
from jointre.writers.triples import spo

HEADER = ("id", "sentence", *KEYS)
Delimiter = Literal[",", "\t", ";", "|"]
UNFIT = str.maketrans({"\r": " ", "\n": " ", "\0": "\ufffd"})


@registry.writers("jointre.triples_csv.v1")
class TriplesCsvWriter(TripleWriter):
    """Writes a row for each relation: id, sentence, head, relation, tail, and the types of both entities.

    A sentence without a relation is a row with nothing else. The reader joins all rows with the same sentence.

    Args:
        delimiter: the character between two cells; None for a tab if the name of the file ends in ``.tsv``, else a
            comma.
        no_relation: the label for "no relation".
        level: "sentence" writes the rows of each sentence; "document" those of the whole document.
    """

    reader = "jointre.triples_csv.v1"
    endings = (".csv", ".tsv")
    ending = ".csv"
    used = ()

    def __init__(
        self, delimiter: Delimiter | None = None, no_relation: str = "None", level: Level = "sentence"
    ) -> None:
        super().__init__(no_relation, level)
        self.delimiter: Delimiter | None = delimiter
        self.reader = f"{self.reader}:no_relation={text_of(no_relation)}"

    def fit(self, docs: Iterable[Doc], report: Report) -> Iterator[Doc]:
        """Yield sentences as the reader finds them; what an earlier one with the same text has is left out."""
        seen = Seen()
        for doc in super().fit(docs, report):
            yield seen.new(doc, report)

    def clean(self, doc: Doc, report: Report) -> Doc:
        """Return the document with blanks for the ends of lines in its text, and without its other keys."""
        text = doc.text or ""
        changed = text.translate(UNFIT)
        report.count("texts with ends of lines or NUL characters, replaced", where(doc), int(changed != text))
        for key in doc.meta:
            report.count(f"key {key!r} of documents, not written", where(doc))
        words = [changed[start:end] for start, end in doc.offsets or ()]
        return replace(doc, text=changed, words=words, meta={}, id=doc.id.translate(UNFIT).strip())

    def record(self, doc: Doc) -> dict[str, Any]:
        """Return the record of a sentence, as the reader makes it of its rows."""
        rows = [spo(doc, doc.entities[r.head], doc.entities[r.tail], r.label) for r in doc.relations]
        return {"text": doc.text, "relation_list": rows}

    def write(self, docs: Iterable[Doc], path: Path) -> None:
        """Write the rows."""
        tabs = path.name.lower().removesuffix(".gz").endswith(".tsv")
        with writing(path.name, path), replacing(path) as file:
            for piece in self._rows(docs, self.delimiter or ("\t" if tabs else ",")):
                file.write(piece)

    def pieces(self, docs: Iterable[Doc]) -> Iterator[str]:
        """Yield the rows."""
        return self._rows(docs, self.delimiter or ",")

    def _rows(self, docs: Iterable[Doc], delimiter: str) -> Iterator[str]:
        yield _line(HEADER, delimiter)
        for doc in docs:
            first = [own_id(doc), doc.text or ""]
            rows = self.record(doc)["relation_list"] or [dict.fromkeys(KEYS.values(), "")]
            for row in rows:
                yield _line([*first, *(row[key] for key in KEYS.values())], delimiter)


def _line(cells: Iterable[str], delimiter: str) -> str:
    line = StringIO()
    csv.writer(line, delimiter=delimiter, lineterminator="\n").writerow(cells)
    return line.getvalue()
