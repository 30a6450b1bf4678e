"""Head: the beginning of a corpus, from which a reader tells whether the corpus has its format."""

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from io import BufferedReader
from itertools import islice
from pathlib import Path
from typing import Any

from jointre.data.strict_read import BLANKS, BOM, Malformed, parse, parse_at, reading, skip_blanks, values_of
from jointre.readers.arrow_rows import arrow_rows, is_arrow
from jointre.readers.records import RECORD_FILES

LINE_BYTES = 1 << 16  # of a file, in which its first lines are looked for
RECORD_BYTES = 1 << 20  # of a file, in which its first records are looked for
MOST_LINES = 20
MOST_RECORDS = 1000
MOST_NAMES = 10_000


@dataclass(frozen=True)
class Head:
    """What `Reader.recognises` looks at: a small, bounded part of a corpus.

    The records of a JSON corpus are shown one at a time: if no reader recognises the first one, the next is shown.

    Args:
        path: the file or folder.
        names: the files of a folder and of its subfolders (``"concept/a.con"``), sorted; empty for a file.
        lines: the first lines of a file that are not blank, at most 20; empty for a folder.
        record: one JSON value of the corpus, or None if the corpus is not JSON.
    """

    path: Path
    names: tuple[str, ...] = ()
    lines: tuple[str, ...] = ()
    record: Any = None


def look_at(path: Path) -> Head:
    """Return the head of a corpus without a record.

    Raises:
        DataError: the file cannot be read.
    """
    if path.is_dir():
        return Head(path, tuple(sorted(islice(_names(path), MOST_NAMES))))
    with reading(path) as file:
        text = _text(file.read(LINE_BYTES))
    lines = (line.rstrip("\r") for line in text.split("\n") if line.strip())
    return Head(path, (), tuple(islice(lines, MOST_LINES)))


def with_records(head: Head) -> Iterator[Head]:
    """Yield the head with each of the first records of the corpus; nothing if the corpus is not JSON."""
    files = [head.path]
    if head.path.is_dir():
        files = [head.path / name for name in head.names if "/" not in name and name.endswith(RECORD_FILES)]
    records = (record for file in files for record in _records(file))
    for record in islice(records, MOST_RECORDS):
        yield replace(head, record=record)


def looks_like_json(path: Path) -> bool:
    """Return whether the first line or a whole short file is an object, or the file begins as a list.

    The first item of the list must be an object, a list or a string. Rows of Parquet and Arrow count as objects.
    """
    if is_arrow(path):
        return True
    with reading(path) as file:
        text = _text(file.read(LINE_BYTES))
    position = skip_blanks(text, 0)
    if text[position : position + 1] == "{":
        first = text[position:].split("\n", 1)[0]
        return is_object(first) or is_object(text) or (first.strip() == "{" and any(_spread(text)))
    if text[position : position + 1] != "[":
        return False
    try:
        value, end = parse_at(text, skip_blanks(text, position + 1))
    except Malformed:
        return False
    return isinstance(value, dict | list | str) and text[end:].lstrip(BLANKS)[:1] in (",", "]")


def is_object(text: str) -> bool:
    """Return whether a text is one JSON object."""
    return isinstance(_value(text), dict)


def _names(folder: Path) -> Iterator[str]:
    for entry in folder.iterdir():
        if entry.is_dir():
            yield from (f"{entry.name}/{inner.name}" for inner in entry.iterdir())
        else:
            yield entry.name


def _text(raw: bytes) -> str:
    return raw.removeprefix(BOM).decode("utf-8", errors="replace")


def _records(path: Path) -> Iterator[Any]:
    """Yield the values of a JSON Lines file or a JSON list, up to the first that is not JSON or not whole."""
    if is_arrow(path):
        yield from arrow_rows(path)
        return
    with reading(path) as file:
        raw = file.read(RECORD_BYTES)
        start = raw.removeprefix(BOM).lstrip()[:1]
        if start == b"[":
            yield from _listed(raw, file)
        elif start == b"{" and raw.removeprefix(BOM).lstrip().split(b"\n", 1)[0].strip() == b"{":
            yield from _spread_in(raw, file)
        elif start == b"{":
            for line in _text(raw + file.readline()).split("\n"):
                if line.strip() and (value := _value(line)) is not None:
                    yield value


def _spread(text: str) -> Iterator[Any]:
    """Yield the objects that are written over many lines, up to the first that is not JSON or not whole."""
    with suppress(Malformed):
        for _, value in values_of(text):
            yield value


def _spread_in(raw: bytes, file: BufferedReader) -> Iterator[Any]:
    """Yield the first objects that are written over many lines; more is read until the first of them is whole."""
    found = False
    while raw and not found:
        for value in _spread(_text(raw)):
            found = True
            yield value
        more = b"" if found else file.read(len(raw))
        raw = raw + more if more else b""


def _listed(raw: bytes, file: BufferedReader) -> Iterator[Any]:
    """Yield the first values of a list; more of the file is read until the first of them is whole."""
    while True:
        text, found = _text(raw), False
        position = text.index("[")
        try:
            while not found or text[position : position + 1] == ",":
                value, position = parse_at(text, skip_blanks(text, position + 1))
                yield value
                found, position = True, skip_blanks(text, position)
        except Malformed:
            pass
        if found or not (more := file.read(len(raw))):
            return
        raw += more


def _value(text: str) -> Any:
    try:
        return parse(text)
    except Malformed:
        return None
