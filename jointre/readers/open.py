"""From what stands on the command line to a reader: ``sample:test``, a file, a folder, ``-``."""

import os
import re
import shlex
import sys
from collections.abc import Callable, Collection, Iterable, Iterator
from itertools import islice
from pathlib import Path
from time import monotonic
from typing import Any, cast

from jointre.data.doc import Doc
from jointre.data.report import Report
from jointre.data.strict_read import (
    BLANKS,
    BOM,
    Malformed,
    first_char,
    parse,
    parse_at,
    reading,
    skip_blanks,
    unreadable,
)
from jointre.errors import DataError, Fault
from jointre.readers.base import Reader
from jointre.readers.base_corpus import CorpusReader
from jointre.readers.bilou_json import BilouJsonReader
from jointre.readers.column import ColumnReader
from jointre.readers.enpar_json import PIECES, EnparJsonReader
from jointre.readers.i2b2 import I2b2Reader
from jointre.readers.jsonl import JsonlReader
from jointre.readers.multihead import MultiheadReader
from jointre.readers.opennre import OpenNREReader
from jointre.readers.records import files_of, records
from jointre.readers.sample import SampleReader, Split
from jointre.readers.semeval import SemEval2010Reader
from jointre.readers.spert_json import SpertJsonReader
from jointre.readers.tacred import TacredReader
from jointre.readers.text import TextReader, docs_from_texts, paragraphs, sentences_of
from jointre.readers.triple_forms import form_of
from jointre.readers.triples import TriplesReader

__all__ = ["docs_from_texts", "open_data", "read_input"]

SECONDS_AFTER_FAULT = 1.0  # in which further faults of standard input are looked for
QUOTED = 200  # characters of a text that a message repeats
SENTENCE_ENDS = (".", "!", "?", "\u3002", "\uff01", "\uff1f")
SNIFFED = 1000  # records looked at to tell the forms apart
JSON_NAMES = (".json", ".jsonl", ".json.gz", ".jsonl.gz")
TEXT_NAMES = (".txt", ".txt.gz")
TAG = re.compile(r"O|[BIESLU]-.+")
COLUMN_LINE = re.compile(
    r"[^\t]*\t(O|[BIESLU]-[^\t]+)\t0(\t[^\t]*){6}"
)  # the first word of the first sentence
MULTIHEAD_LINE = re.compile(r"0\t[^\t]*\t(O|[BI]-[^\t]+)\t\[[^\t]*\]\t\[[^\t]*\]")
SEMEVAL_START = re.compile(r'[0-9]+\t"')


def open_data(spec: str, types: str | None = None) -> Reader:
    """The reader of an annotated corpus.

    Args:
        spec: ``sample:train|dev|test``, a JSON Lines file, a JSON list, a folder of ``*.jsonl``, or one of the forms
            that `special_reader` knows.
        types: a types file, or None.

    Raises:
        DataError: if there is no such corpus, or it is of no known form.
    """
    if spec.startswith("sample:"):
        return SampleReader(cast(Split, spec.removeprefix("sample:")))
    path = _existing(spec)
    if (special := special_reader(path, types)) is not None:
        return special
    if not path.is_dir() and first_char(path) not in ("", "{", "["):
        remedy = "a corpus is JSON Lines or a JSON list (docs/data-formats.md); raw text has no annotation"
        raise DataError(f"{spec} is not a corpus", [Fault("it does not begin like JSON", spec, remedy)])
    return _json_reader(path, types)


def read_input(path: str, avoid: Collection[Path] = ()) -> Iterator[Doc]:
    """The documents to predict on.

    Args:
        path: raw text (each line a paragraph, each sentence a document), ``-`` for raw text from standard input, or
            a corpus as `open_data` takes it.
        avoid: files that are not suggested where there is no such path, as they are to be written.
    """
    if path == "-":
        return _read_stream(_standard_input(), "stdin")
    return iter(_input_reader(path, avoid))


def text_lines(path: str) -> Callable[[Report], Iterator[tuple[int, str]]] | None:
    """What gives number and text of the lines of an input that is raw text; None for a corpus."""
    if path == "-":
        return lambda report: paragraphs(_standard_input(), "stdin", report)
    reader = _input_reader(path)
    return reader.lines if isinstance(reader, TextReader) else None


def _input_reader(path: str, avoid: Collection[Path] = ()) -> Reader:
    _refuse_text(path)
    file = _existing(path, avoid)
    if (special := special_reader(file, None)) is not None:
        return special
    json_name = file.is_dir() or file.name.lower().endswith(JSON_NAMES)
    if json_name or (not file.name.lower().endswith(TEXT_NAMES) and looks_like_json(file)):
        return _json_reader(file, None)
    return TextReader(path)


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
        raise DataError("sample is not a file", [Fault("the bundled corpus has three splits", remedy=remedy)])
    return path


def special_reader(path: Path, types: str | None) -> CorpusReader | None:
    """The reader of a corpus that is no JSON, where its form is certain: column, multi-head, SemEval-2010, or i2b2."""
    if path.is_dir():
        concepts = any(path.glob("*.con")) or any(path.glob("concept*/*.con"))
        return I2b2Reader(str(path), types) if concepts and not any(path.glob("*.jsonl*")) else None
    with reading(path) as file:
        head = file.read(65536).removeprefix(BOM).decode("utf-8", errors="replace")
    lines = [line for line in head.split("\n") if line.strip()][:2]
    if lines and COLUMN_LINE.fullmatch(lines[0].rstrip("\r")):
        return ColumnReader(str(path), types)
    if len(lines) == 2 and lines[0].startswith("#doc ") and MULTIHEAD_LINE.match(lines[1]):
        return MultiheadReader(str(path), types)
    if lines and _is_semeval(lines[0]):
        return SemEval2010Reader(str(path), types)
    return None


def _is_semeval(line: str) -> bool:
    """Whether a line is a number, a tab and a quoted sentence with two marked nominals, one after the other."""
    start, line = SEMEVAL_START.match(line), line.rstrip()
    at = start.end() if start else -1
    for mark, least in (
        ("<e1>", 0),
        ("</e1>", 1),
        ("<e2>", 0),
        ("</e2>", 1),
    ):  # no pattern: `.*` would backtrack
        at = line.find(mark, at + least) if at >= 0 else -1
        at += len(mark) if at >= 0 else 0
    return at >= 0 and line.endswith('"', at)


def _json_reader(path: Path, types: str | None) -> CorpusReader:
    """The reader for the form of the first record that shows one; the standard form's if none does."""
    values = (r.value for file in files_of(path) for r in records(file, Report()))
    shown = (_form(value) for value in islice(values, SNIFFED))
    return next((form for form in shown if form is not None), JsonlReader)(str(path), types)


def _form(value: Any) -> type[CorpusReader] | None:
    """The reader of a record's form; None if it may be of several."""
    if isinstance(value, str | list):
        return SpertJsonReader
    if not isinstance(value, dict):
        return None
    tags = value.get("tags")
    if isinstance(tags, list) and tags and "entities" not in value and all(_is_tag(tag) for tag in tags):
        return BilouJsonReader
    if "entities" not in value and (found := _given_pairs(value)) is not None:
        return found
    items = [value.get("entities"), value.get("relations")]
    rows = [row for item in items if isinstance(item, list) for row in item if isinstance(row, dict)]
    if any("label" in row for row in rows):
        return JsonlReader
    return SpertJsonReader if any("type" in row for row in rows) else None


def _given_pairs(value: dict[str, Any]) -> type[CorpusReader] | None:
    """The reader of a record that has relations without a list of entities."""
    mentions = value.get("entityMentions")
    placed = isinstance(mentions, list) and any(isinstance(row, dict) and "offset" in row for row in mentions)
    if "sentText" in value and (placed or PIECES & value.keys()):
        return EnparJsonReader
    if form_of(value) is not None:
        nothing = mentions == [] and not value.get("relationMentions")  # NYT's triples and ENPAR's alike
        return None if nothing else TriplesReader
    if "token" in value and {"subj_start", "subj_end", "obj_start", "obj_end"} <= value.keys():
        return TacredReader
    pointed = all(isinstance(value.get(end), dict) and "pos" in value[end] for end in ("h", "t"))
    return OpenNREReader if pointed and ("token" in value or "text" in value) else None


def _is_tag(value: Any) -> bool:
    return isinstance(value, str) and TAG.fullmatch(value) is not None


def looks_like_json(path: Path) -> bool:
    """Whether the first line is an object, or the file begins as a list of objects, lists or strings."""
    with reading(path) as file:
        head = file.read(65536).removeprefix(BOM).decode("utf-8", errors="replace")
    position = skip_blanks(head, 0)
    if head[position : position + 1] == "{":
        return _is_object(head[position:].split("\n", 1)[0])
    if head[position : position + 1] != "[":
        return False
    try:
        value, end = parse_at(head, skip_blanks(head, position + 1))
    except Malformed:
        return False
    return isinstance(value, dict | list | str) and head[end:].lstrip(BLANKS)[:1] in (",", "]")


def _is_object(line: str) -> bool:
    try:
        return isinstance(parse(line), dict)
    except Malformed:
        return False


def _standard_input() -> Iterable[bytes]:
    """The lines of standard input, by a file object of our own.

    `Predictor.stream` reads it in a thread, which may still wait for a line when Python ends. Python would then wait
    for the lock of ``sys.stdin``.
    """
    try:
        return open(sys.stdin.fileno(), "rb", closefd=False)
    except OSError:  # replaced by one without a file descriptor
        return sys.stdin.buffer


def _read_stream(lines: Iterable[bytes], name: str) -> Iterator[Doc]:
    """Sentences as the lines come in; after a faulty line none, and one error with all faults.

    The error is raised at the end, or in a stream that goes on, after the lines of one more second.
    """
    report, deadline = Report(), None
    for number, line in paragraphs(lines, name, report):
        if number == 1 and line.lstrip().startswith("{") and _is_object(line):
            remedy = "write it to a file and give its name"
            raise DataError(
                f"{name} is JSON Lines, not text", [Fault("it begins with an object", name, remedy)]
            )
        if not report.faults:
            yield from sentences_of(line, number, f"{name}:{number}")
        elif monotonic() > (deadline := deadline or monotonic() + SECONDS_AFTER_FAULT):
            break
    report.raise_faults(f"{name} cannot be read as text")
