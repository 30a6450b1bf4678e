"""From what the user names to the files of a job: raw text, JSON Lines, Parquet, or any corpus that a reader reads."""

import glob
import hashlib
import os
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Any, Literal

from jointre.data.atomic_write import file_sha256
from jointre.data.doc import Doc
from jointre.data.report import Report
from jointre.data.strict_read import WRITTEN, first_char, reading
from jointre.data.write import to_line
from jointre.engines.base import Tick
from jointre.errors import DataError, Fault, FaultList
from jointre.jobs.source import Stretch
from jointre.place import Place
from jointre.readers.arrow_rows import arrow_rows, count_rows, is_arrow
from jointre.readers.auto import make_reader
from jointre.readers.base import Reader
from jointre.readers.base_corpus import CorpusReader, parses_records
from jointre.readers.gold_keys import check_keys
from jointre.readers.head import look_at, looks_like_json
from jointre.readers.named import NamedReader
from jointre.readers.open import TEXT_NAMES, open_input
from jointre.readers.recognise import recognise, recognised_by
from jointre.readers.records import RECORD_FILES, Record, line_records, refuse_unfinished
from jointre.readers.text import TextReader, doc_of_line, paragraphs
from jointre.registry import registry
from jointre.splitters.base import Splitter

LINES = (".jsonl", ".jsonl.gz")
Form = Literal["text", "json", "rows", "documents"]
STANDARD = "jointre.jsonl.v1"


@dataclass(frozen=True)
class Origin:
    """How the lines of a file become documents, in whatever process.

    Args:
        path: of the file, for messages.
        name: of the file, in the ids of documents.
        form: ``text``, a document per line; ``json``, a record per line; ``rows`` of a table, each a record; or
            ``documents`` of a corpus in the standard form, because its own reader has read them.
        reader: the registered name of the reader of its records, empty for text.
        arguments: of the reader.
    """

    path: str
    name: str
    form: Form
    reader: str = STANDARD
    arguments: Mapping[str, Any] = field(default_factory=dict)

    def docs(
        self, stretch: Stretch, report: Report, splitter: Splitter | None = None, gold: bool = False
    ) -> Iterator[Doc]:
        """Yield the documents of consecutive lines; those that are faulty are reported and left out.

        Args:
            stretch: the lines.
            report: gets the faults.
            splitter: makes the words of raw text.
            gold: whether annotation is used, so that a record whose annotation would not be read is a fault.
        """
        if self.form == "text":
            for number, line in paragraphs(stretch.lines, self.name, report, stretch.first):
                yield doc_of_line(line, number, self.name, splitter)
            return
        reader = make_reader(registry.readers.get(self.reader), self.path, **self.arguments)
        assert isinstance(reader, CorpusReader)
        records = self._records(stretch, report)
        for record in check_keys(records, reader.gold_keys, report) if gold else records:
            if (doc := reader.parse(record, report)) is not None:
                yield doc

    def _records(self, stretch: Stretch, report: Report) -> Iterator[Record]:
        if self.form == "json":
            yield from line_records(self.path, stretch.lines, report, stretch.first)
            return
        rows = stretch.lines
        if self.form == "documents":
            rows = tuple(record.value for record in line_records(self.path, stretch.lines, report))
        for index, value in enumerate(rows, stretch.first - 1):
            where = Place(self.path, record=index)
            yield Record(where, where.name(), value)


@dataclass(frozen=True)
class InputFile:
    """A file as it is now.

    Args:
        origin: how its lines become documents.
        sha256: of its bytes; for a corpus, of its documents in the standard form.
        lines: the number of its lines, rows or documents.
        corpus: the reader of a corpus whose lines are documents.
    """

    origin: Origin
    sha256: str
    lines: int
    corpus: Reader | Sequence[Doc] | None = None

    @property
    def name(self) -> str:
        """Its name in the ids of documents."""
        return self.origin.name

    def read(self, first: int) -> Iterator[Any]:
        """Yield its lines, or its rows, from number ``first`` on, which counts from 0."""
        path = Path(self.origin.path)
        if self.corpus is not None:
            yield from islice(_standard(self.corpus), first, None)
        elif self.origin.form == "rows":
            yield from arrow_rows(path, first=first)
        else:
            with reading(path) as file:
                yield from islice(file, first, None)

    def to_json(self) -> dict[str, Any]:
        """Return a JSON-ready dictionary."""
        return {"file": self.name, "sha256": self.sha256, "lines": self.lines}


def input_files(
    names: Sequence[str], reader: str | None = None, advance: Tick = lambda lines: None
) -> list[InputFile]:
    """Return the files of the input, and read each to its end.

    Args:
        names: files, folders, patterns such as ``data/*.jsonl``, or ``sample:test``.
        reader: the reader of the corpora, perhaps with arguments; None for the one that recognises them.
        advance: called with the number of lines read.

    Raises:
        DataError: there is no such file, or a file cannot be used; with all faults.
    """
    faults = FaultList()
    paths = [path for name in names for path in faults.attempt(_paths, name, reader) or ()]
    shared = Counter(Path(path).name for path in paths)
    found = [
        file
        for path in paths
        if (file := faults.attempt(_file, path, shared[Path(path).name] > 1, reader, advance)) is not None
    ]
    if not faults and not any(file.lines for file in found):
        faults.append(Fault("it has no documents", ", ".join(names)))
    if faults:
        raise DataError("the input cannot be used", faults)
    return found


def of_documents(name: str, docs: Sequence[Doc]) -> InputFile:
    """Return documents that have been read already as an input file."""
    return _of_corpus(name, name, docs, lambda lines: None)


def is_several(name: str, reader: str | None = None) -> bool:
    """Return whether a name on the command line is a pattern, or a folder of files that is not a corpus."""
    return _is_pattern(name) or bool(_files_in(name, reader))


def _is_pattern(name: str) -> bool:
    return not os.path.exists(name) and glob.has_magic(name)


def _paths(name: str, reader: str | None) -> list[str]:
    """Return the files that a name stands for."""
    if name == "-":
        remedy = "save it to a file, which can be read again if the job is stopped"
        raise DataError("-", [Fault("standard input can be read only once", "-", remedy)])
    if _is_pattern(name):
        found = sorted(glob.glob(name, recursive=True))
        if not found:
            remedy = "give a file, a folder or a pattern such as 'data/*.jsonl'"
            raise DataError(name, [Fault("no file has a name like that", name, remedy)])
        return [
            path for one in found for path in _paths(glob.escape(one) if glob.has_magic(one) else one, reader)
        ]
    return _files_in(name, reader) or [name]


def _files_in(name: str, reader: str | None) -> list[str]:
    """Return the texts and records in a folder, each an input of its own; none if the folder is a corpus as a whole."""
    path = Path(name)
    if not os.path.isdir(name) or reader is not None or recognised_by(look_at(path)) is not None:
        return []
    refuse_unfinished(path)
    names = sorted(entry.name for entry in path.iterdir() if entry.name not in WRITTEN)
    return [str(path / one) for one in names if one.lower().endswith((*RECORD_FILES, *TEXT_NAMES))]


def _file(path: str, ambiguous: bool, reader: str | None, advance: Tick) -> InputFile:
    name = path if ambiguous else Path(path).name
    named = NamedReader.parse(reader) if reader is not None else None
    if not Path(path).is_file():
        return _of_corpus(path, name, open_input(path, reader=reader), advance)
    if is_arrow(Path(path)) or _has_lines(path):
        kind, arguments = (named.kind, named.arguments) if named else (recognise(Path(path)), {})
        rows = is_arrow(Path(path))
        if parses_records(kind) and (not rows or Path(path).suffix == ".parquet"):
            form: Form = "rows" if rows else "json"
            origin = Origin(path, name, form, registry.name_of(kind) or STANDARD, arguments)
            lines = count_rows(Path(path)) if rows else _count(path, advance)
            return InputFile(origin, file_sha256(Path(path)), lines)
    opened = open_input(path, reader=reader)
    if isinstance(opened, TextReader):
        return InputFile(Origin(path, name, "text", ""), file_sha256(Path(path)), _count(path, advance))
    return _of_corpus(path, name, opened, advance)


def _has_lines(path: str) -> bool:
    """Return whether a file is JSON Lines."""
    if path.lower().endswith(LINES):
        return first_char(Path(path)) != "["
    return looks_like_json(Path(path)) and _is_object_line(path)


def _is_object_line(path: str) -> bool:
    with reading(Path(path)) as file:
        line = next((line.strip() for line in file if line.strip()), b"")
    return line.startswith(b"{") and line.endswith(b"}")


def _count(path: str, advance: Tick) -> int:
    lines = 0
    with reading(Path(path)) as file:
        for _ in file:
            lines += 1
            advance(1)
    return lines


def _of_corpus(path: str, name: str, corpus: Reader | Sequence[Doc], advance: Tick) -> InputFile:
    digest, lines = hashlib.sha256(), 0
    for line in _standard(corpus):
        digest.update(line)
        lines += 1
        advance(1)
    return InputFile(Origin(path, name, "documents"), digest.hexdigest(), lines, corpus)


def _standard(corpus: Reader | Sequence[Doc]) -> Iterator[bytes]:
    """Yield the documents of a corpus as lines of the standard form."""
    for doc in corpus:
        yield f"{to_line(doc)}\n".encode()
