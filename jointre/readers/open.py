"""Open what the command line names: ``sample:test``, a file, a folder, ``-``."""

import glob
import os
import shlex
import sys
from collections.abc import Callable, Collection, Iterable, Iterator
from itertools import chain
from pathlib import Path
from time import monotonic
from typing import Any

from jointre.data.doc import Doc
from jointre.data.report import Report
from jointre.data.strict_read import GZIP, READ_ERRORS, unreadable
from jointre.data.unpack import unpacked_stream
from jointre.errors import DataError, Fault, RefusedError
from jointre.readers.auto import make_reader
from jointre.readers.base import Reader
from jointre.readers.base_corpus import parses_records
from jointre.readers.head import is_object, look_at, looks_like_json
from jointre.readers.joined import JoinedReader
from jointre.readers.named import NamedReader
from jointre.readers.recognise import recognise, recognised_by
from jointre.readers.records import count_records
from jointre.readers.sample import SampleReader, split_named
from jointre.readers.tables import names_columns, refuse_table
from jointre.readers.text import TextReader, doc_of_line, docs_from_texts, paragraphs
from jointre.splitters.base import Splitter

__all__ = ["docs_from_texts", "open_corpora", "open_data", "read_input"]

SECONDS_AFTER_FAULT = 1.0  # in which further faults of standard input are looked for
STDIN = "stdin"
QUOTED = 200  # characters of a text that a message repeats
SENTENCE_ENDS = (".", "!", "?", "\u3002", "\uff01", "\uff1f")
JSON_NAMES = (".json", ".jsonl", ".json.gz", ".jsonl.gz")
TEXT_NAMES = (".txt", ".txt.gz")


def open_data(spec: str, types: str | None = None, reader: str | NamedReader | None = None) -> Reader:
    """Return the reader of an annotated corpus.

    Args:
        spec: ``sample:train|dev|test``, or a file or folder.
        types: a types file, or None.
        reader: a reader's name, perhaps with arguments (`NamedReader.parse`); None for the reader that recognises the
            corpus.

    Raises:
        DataError: there is no such corpus, or no reader recognises it.
        UsageError: there is no such reader.
    """
    named = NamedReader.parse(reader) if isinstance(reader, str) else reader
    if named is None and spec.startswith("sample:"):
        return SampleReader(split_named(spec.removeprefix("sample:")))
    path = _existing(spec)
    if named is not None:
        return make_reader(named.kind, spec, types, **named.arguments)
    return make_reader(recognise(path), str(path), types)


def open_corpora(spec: str, reader: NamedReader | None = None) -> tuple[Reader, list[str]]:
    """Return the reader of one or more annotated corpora, and the names of these.

    Args:
        spec: as in `open_data`, or a pattern such as ``data/*.json`` if there is no file of that name. The corpora are
            read one after the other, in the order of their names.
        reader: as in `open_data`.

    Raises:
        DataError: as `open_data`, or no file matches the pattern.
    """
    if os.path.exists(spec) or not glob.has_magic(spec):
        return open_data(spec, reader=reader), [spec]
    names = sorted(glob.glob(spec, recursive=True))
    if not names:
        fault = Fault(
            "no file has a name like that", spec, "give a file, a folder or a pattern such as 'data/*.json'"
        )
        raise DataError(f"{spec} cannot be read", [fault])
    return JoinedReader({name: open_data(name, reader=reader) for name in names}), names


def read_input(
    path: str, avoid: Collection[Path] = (), reader: str | None = None, splitter: Splitter | None = None
) -> Iterator[Doc]:
    """Yield the documents to predict on.

    Args:
        path: raw text (each line is a document), ``-`` for raw text from standard input, or
            a corpus as `open_data` takes it.
        avoid: files that the message about a missing file must not suggest, because they are about to be written.
        reader: as in `open_data`; it does not apply to standard input.
        splitter: splits raw text, None for the default rule; the documents of a corpus keep the words of its reader.
    """
    if path == "-":
        return _read_stream(_standard_input(), STDIN, splitter)
    found = open_input(path, avoid, reader)
    return found.docs(splitter) if isinstance(found, TextReader) else iter(found)


def text_lines(path: str, reader: str | None = None) -> Callable[[Report], Iterator[tuple[int, str]]] | None:
    """Return a function that yields number and text of each line of raw text; None if the input is a corpus."""
    if path == "-":
        return lambda report: paragraphs(_standard_input(), STDIN, report)
    found = open_input(path, reader=reader)
    return found.lines if isinstance(found, TextReader) else None


def open_input(spec: str, avoid: Collection[Path] = (), reader: str | None = None) -> Reader:
    """Return the reader of prediction input: of a corpus by its content, whatever its name, or of raw text.

    Raises:
        DataError: there is no such file, no reader recognises its JSON, or it is a table.
    """
    _refuse_text(spec)
    if spec.startswith("sample:") and reader is None:
        return open_data(spec)
    path = _existing(spec, avoid)
    if reader is not None:
        return open_data(spec, reader=reader)
    if path.is_dir() or path.name.lower().endswith(JSON_NAMES) or looks_like_json(path):
        return make_reader(recognise(path), str(path))
    head = look_at(path)
    if (found := recognised_by(head)) is None:
        refuse_table(head)
    return make_reader(found or TextReader, spec)


def count_documents(path: str, reader: str | None = None) -> int | None:
    """Return the number of documents of prediction input; None if the input must be parsed for it, or has faults."""
    if not os.path.isfile(path):  # a pipe can be read only once
        return None
    try:
        found = open_input(path, reader=reader)
        if isinstance(found, TextReader):
            return sum(1 for _ in found.lines(Report()))
        return count_records(Path(path)) if parses_records(type(found)) else None
    except RefusedError:
        return None


def _refuse_text(spec: str) -> None:
    """Refuse a text where the name of a file is expected, and say how to predict on it."""
    if os.path.exists(spec) or spec.lower().endswith((*JSON_NAMES, *TEXT_NAMES)):
        return
    if len(spec.split()) > 1 or spec.endswith(SENTENCE_ENDS):
        text = shlex.quote(spec) if len(spec) <= QUOTED else '"TEXT"'
        remedy = f"to predict on this text: echo {text} | jointre predict MODEL -"
        what = spec if len(spec) <= QUOTED else f"{spec[:QUOTED]}..."
        raise DataError("INPUT is the name of a file, or -", [Fault("no such file", repr(what), remedy)])


def _existing(spec: str, avoid: Collection[Path] = ()) -> Path:
    if not spec:
        raise DataError("no input", [Fault("its name is empty", remedy="give a file or a folder")])
    path = Path(spec)
    if not os.path.exists(path) and spec != "sample":
        try:
            path.stat()
        except OSError as error:
            raise DataError(f"{path} cannot be read", [unreadable(path, error, avoid)]) from error
    if not path.exists():
        remedy = "name its split: sample:train, sample:dev or sample:test"
        raise DataError(
            "sample is not a file", [Fault("the built-in corpus has three splits", remedy=remedy)]
        )
    return path


def _standard_input() -> Iterator[bytes]:
    """Yield the lines of standard input, unpacked if it is gzip."""
    file = _stdin_file()
    first = file.readline()
    if not first.startswith(GZIP):
        yield from chain([first] if first else [], file)
        return
    try:
        yield from unpacked_stream(first, file, STDIN)
    except READ_ERRORS as error:
        fault = Fault(f"is not a whole gzip file: {error}", STDIN, "pack it again")
        raise DataError(f"{STDIN} cannot be read", [fault]) from error


def _stdin_file() -> Any:
    """Return standard input as a file object of our own.

    `Predictor.stream` reads it in a thread, which may still wait for a line when Python ends. Python would then wait
    for the lock of ``sys.stdin``.
    """
    try:
        return open(sys.stdin.fileno(), "rb", closefd=False)
    except OSError:  # replaced by one without a file descriptor
        return sys.stdin.buffer


def _refuse_other_than_text(first: str, name: str) -> None:
    """Refuse a stream whose first line is that of JSON Lines or of a table."""
    remedy = "write it to a file and give its name"
    if first.lstrip().startswith("{") and is_object(first):
        raise DataError(f"{name} is JSON Lines, not text", [Fault("it begins with an object", name, remedy)])
    if what := names_columns((first, first)):
        raise DataError(f"{name} is a table, not text", [Fault(what, name, remedy)])


def _read_stream(lines: Iterable[bytes], name: str, splitter: Splitter | None) -> Iterator[Doc]:
    """Documents as the lines come in; after a faulty line none, and one error with all faults.

    The error is raised at the end, or in a stream that goes on, after the lines of one more second.
    """
    report, deadline = Report(), None
    for number, line in paragraphs(lines, name, report):
        if number == 1:
            _refuse_other_than_text(line, name)
        if not report.faults:
            yield doc_of_line(line, number, name, splitter)
        elif monotonic() > (deadline := deadline or monotonic() + SECONDS_AFTER_FAULT):
            break
    report.raise_faults(f"{name} cannot be read as text")
