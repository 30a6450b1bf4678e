"""Writer: the contract of every class that turns documents into files."""

from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, ClassVar

from jointre.data.atomic_write import replacing, writing
from jointre.data.doc import Doc
from jointre.data.report import Report
from jointre.limits import Limited
from jointre.printable import dump_json


class Writer(Limited, ABC):
    """Writes documents in a format that a reader of jointre reads.

    Writing has two steps. `fit` returns the documents as the format holds them, and reports everything that it does not
    hold; `write` writes exactly these. So the reader of the output returns the documents of `fit` again, and what was
    lost is what was reported. A format that holds everything needs only `write`.

    Attributes:
        reader: the registered name of the reader of the output, perhaps with arguments (``NAME:key=value``).
        endings: the endings of file names that only this format has. An output with one of them needs no ``--to``.
        ending: the usual ending of file names, empty for a folder.
        files: the endings of the files in the output if it is a folder; empty if it is a file.
    """

    reader: str
    endings: ClassVar[tuple[str, ...]] = ()
    ending: ClassVar[str] = ""
    files: ClassVar[tuple[str, ...]] = ()

    def fit(self, docs: Iterable[Doc], report: Report) -> Iterator[Doc]:
        """Yield the documents as the format holds them, and report what it does not hold.

        Annotation that is lost is reported with `Report.leave_out`; other changes, such as a text that is not written,
        with `Report.count`.
        """
        yield from docs

    @abstractmethod
    def write(self, docs: Iterable[Doc], path: Path) -> None:
        """Write documents that `fit` returned, completely or not at all.

        Raises:
            TrainingError: the disk refuses.
        """

    def save(self, docs: Iterable[Doc], path: Path, report: Report) -> None:
        """Write documents as far as the format holds them, and report what it does not hold."""
        self.write(self.fit(docs, report), path)


class TextWriter(Writer):
    """Writes one text file, piece by piece, packed with gzip if its name ends in ``.gz``."""

    @abstractmethod
    def pieces(self, docs: Iterable[Doc]) -> Iterator[str]:
        """Yield the text of documents that `fit` returned, so that each piece can be written when it comes."""

    def write(self, docs: Iterable[Doc], path: Path) -> None:
        """Write the pieces."""
        with writing(path.name, path), replacing(path) as file:
            for piece in self.pieces(docs):
                file.write(piece)


class JsonLinesWriter(TextWriter):
    """Writes JSON Lines; a subclass returns the records of a document."""

    ending = ".jsonl"

    @abstractmethod
    def records(self, doc: Doc) -> Iterable[Any]:
        """Return the JSON values of a document that `fit` returned."""

    def pieces(self, docs: Iterable[Doc]) -> Iterator[str]:
        """Yield the lines."""
        for doc in docs:
            for record in self.records(doc):
                yield dump_json(record, allow_nan=False) + "\n"


class JsonListWriter(JsonLinesWriter):
    """Writes one JSON list, a record per line; a subclass returns the records of a document."""

    ending = ".json"

    def pieces(self, docs: Iterable[Doc]) -> Iterator[str]:
        """Yield the list, which is also closed if an error occurs."""
        before = "[\n"
        try:
            for line in super().pieces(docs):
                yield before + line.rstrip("\n")
                before = ",\n"
        except Exception:
            yield _closing(before)
            raise
        yield _closing(before)


def _closing(before: str) -> str:
    """Return the end of a list whose next record would follow ``before``."""
    return "[\n]\n" if before == "[\n" else "\n]\n"
