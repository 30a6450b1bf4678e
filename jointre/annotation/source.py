"""The raw text: its files are read and checked before work begins."""

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

from jointre.data.atomic_write import file_sha256
from jointre.data.report import Report
from jointre.data.strict_read import reading
from jointre.errors import DataError, Fault
from jointre.jobs.source import Stretch, Task, tasks
from jointre.readers.base import Reader
from jointre.readers.head import look_at, looks_like_json, with_records
from jointre.readers.open import TEXT_NAMES, open_input
from jointre.readers.recognise import recognised_by
from jointre.readers.records import lines_of
from jointre.readers.text import TextReader

__all__ = ["Advance", "Stretch", "Task", "TextFile", "tasks", "text_files"]

Advance = Callable[[int], None]
"""Called with the number of lines that were read since the last call."""


@dataclass(frozen=True)
class TextFile:
    """A file of raw text as it is now: its SHA-256 and its number of lines; or a corpus, with one line per document."""

    path: Path
    sha256: str
    lines: int
    corpus: Reader | None = None

    @property
    def name(self) -> str:
        """The name in the ids of documents."""
        return self.path.name

    def read(self, first: int) -> Iterator[bytes]:
        """Yield the lines from number ``first`` on, which counts from 0."""
        if self.corpus is not None:
            yield from islice(_document_lines(self.corpus), first, None)
            return
        with reading(self.path) as file:
            yield from islice(file, first, None)

    def to_json(self) -> dict[str, Any]:
        """Return a JSON-ready dictionary."""
        return {"file": self.path.name, "sha256": self.sha256, "lines": self.lines}


def text_files(path: str, advance: Advance = lambda lines: None, reader: str | None = None) -> list[TextFile]:
    """Read and check a file, all ``*.txt`` and ``*.txt.gz`` files of a folder in the order of their names, or a corpus.

    Args:
        path: raw text, or a corpus in a format that a reader recognises: its annotation is not used.
        advance: called with the number of lines read.
        reader: as `open_data` takes it.

    Raises:
        DataError: there is no such file, or a file cannot be read, is not raw text, or has lines that are not UTF-8;
            with all faults.
    """
    if (corpus := _corpus(path, reader)) is not None:
        return [_lines_of_corpus(Path(path), corpus, advance)]
    report, found = Report(), []
    for file in _files(path):
        try:
            if looks_like_json(file):
                remedy = "write one text per line, or name its format: --reader NAME"
                report.faults.append(Fault("is JSON, not raw text", str(file), remedy))
                continue
            lines = 0
            for _ in lines_of(file, report):
                lines += 1
                advance(1)
            found.append(TextFile(file, file_sha256(file), lines))
        except DataError as error:
            report.faults.extend(error.faults)
    if not report.faults and not any(file.lines for file in found):
        report.faults.append(Fault("it contains no text", path))
    report.raise_faults(f"{path} cannot be annotated")
    return found


def _corpus(path: str, reader: str | None) -> Reader | None:
    """Return the reader of a corpus; None for raw text."""
    if reader is None:
        if not Path(path).exists():
            return None
        if Path(path).is_dir() and (_texts(path) or not _is_recognisable(Path(path))):
            return None
    found = open_input(path, reader=reader)
    return None if isinstance(found, TextReader) else found


def _is_recognisable(folder: Path) -> bool:
    head = look_at(folder)
    return recognised_by(head) is not None or any(with_records(head))


def _lines_of_corpus(path: Path, corpus: Reader, advance: Advance) -> TextFile:
    digest, lines = hashlib.sha256(), 0
    for line in _document_lines(corpus):
        digest.update(line)
        lines += 1
        advance(1)
    return TextFile(path, digest.hexdigest(), lines, corpus)


def _document_lines(corpus: Reader) -> Iterator[bytes]:
    """Yield the text of each document, as one line."""
    for doc in corpus:
        text = doc.text if doc.text is not None else " ".join(doc.words)
        yield f"{' '.join(text.splitlines())}\n".encode()


def _texts(path: str) -> list[Path]:
    return sorted(file for file in Path(path).iterdir() if file.name.lower().endswith(TEXT_NAMES))


def _files(path: str) -> list[Path]:
    if path == "-":
        remedy = "save it to a file, which can be read again if the annotation is stopped"
        raise DataError(
            "standard input cannot be annotated", [Fault("it can be read only once", "-", remedy)]
        )
    if not Path(path).is_dir():
        return [Path(path)]
    found = _texts(path)
    if not found:
        fault = Fault("the folder contains no *.txt files", path, "put the text there as *.txt or *.txt.gz")
        raise DataError(f"{path} cannot be annotated", [fault])
    return found
