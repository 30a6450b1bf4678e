"""Read the records of a JSON Lines file, a JSON list or a folder of such files, each with its place."""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from jointre.data.report import Report, first_few
from jointre.data.strict_read import (
    BOM,
    JOB,
    WRITTEN,
    Malformed,
    decode,
    decode_file,
    first_char,
    parse,
    parse_at,
    place_in,
    reading,
    skip_blanks,
    values_of,
)
from jointre.errors import DataError, Fault
from jointre.place import Place
from jointre.readers.arrow_rows import arrow_rows, count_rows, is_arrow

IGNORED = re.compile(
    r"\.|readme|licen[cs]e|labels\.json|.*types\.json|state\.json|dataset_info\.json", re.IGNORECASE
)
RECORD_FILES = (".jsonl", ".jsonl.gz", ".parquet", ".arrow")  # the files of a folder that hold records
ONE_A_LINE = "write one document per line, or a list [...] of documents"


@dataclass(frozen=True)
class Record:
    """One value of a file; ``where`` is its place for messages, ``id`` the default name of its document."""

    where: Place
    id: str
    value: Any


def files_of(path: Path) -> list[Path]:
    """Return the file itself, or the files of a folder that hold records, sorted by name."""
    if not path.is_dir():
        return [path]
    refuse_unfinished(path)
    found = sorted(p for p in path.iterdir() if p.name.endswith(RECORD_FILES))
    if not found:
        remedy = "put the corpus there as *.jsonl, or give the file itself"
        raise DataError(f"{path} cannot be read", [Fault("a folder without *.jsonl", str(path), remedy)])
    return found


def refuse_unfinished(folder: Path) -> None:
    """Raise a DataError for the output folder of a job that was not finished."""
    manifest = folder / JOB
    if manifest.is_file() and b'"status": "running"' in manifest.read_bytes()[:200]:
        remedy = "repeat the command that began it, to continue where it stopped"
        raise DataError(
            f"{folder} cannot be read", [Fault("the job was not finished", str(manifest), remedy)]
        )


def count_left_out(folder: Path, used: Sequence[Path], report: Report) -> None:
    """Count the other files of a folder, except hidden ones, README and LICENSE files, and files of jointre."""
    names = sorted(entry.name for entry in folder.iterdir() if entry.is_file() and entry not in used)
    left = [name for name in names if name not in WRITTEN and not IGNORED.match(name)]
    if left:
        what = f"files of the folder that are not *.jsonl, left out ({first_few(left)})"
        report.count(what, Place(str(folder / left[0])), len(left))


def records(path: Path, report: Report) -> Iterator[Record]:
    """Yield the records of a file; report what is invalid and continue after it."""
    try:
        if is_arrow(path):
            yield from _rows(path, report)
            return
        first = first_char(path)
        if not first:
            report.faults.append(Fault("the file is empty", str(path), ONE_A_LINE))
        elif first == "[":
            yield from _list(path, report)
        elif first == "{" and _is_spread(path):
            yield from _spread(path, report)
        else:
            yield from _lines(path, report)
    except DataError as error:
        report.faults.extend(error.faults)


def count_records(path: Path) -> int | None:
    """Return the number of records of a Parquet file or of lines of JSON; None for files that must be parsed."""
    if is_arrow(path):
        return count_rows(path) if path.suffix == ".parquet" else None
    if first_char(path) != "{" or _is_spread(path):
        return None
    with reading(path) as file:
        return sum(not line.isspace() for line in file)


def _rows(path: Path, report: Report) -> Iterator[Record]:
    for index, value in enumerate(arrow_rows(path, report)):
        where = Place(str(path), record=index)
        yield Record(where, where.name(), value)


def _lines(path: Path, report: Report) -> Iterator[Record]:
    with reading(path) as file:
        yield from line_records(str(path), file, report)


def line_records(name: str, lines: Iterable[bytes], report: Report, first: int = 1) -> Iterator[Record]:
    """Yield the records of lines of JSON, the first of which is number ``first`` of the file ``name``."""
    for number, raw in enumerate(lines, first):
        raw = raw.removeprefix(BOM) if number == 1 else raw
        if not raw.strip():
            continue
        where = Place(name, number)
        try:
            value = parse(decode(raw.rstrip(b"\r\n")))
        except Malformed as error:
            column = f" (column {error.position + 1})" if error.what.startswith("broken") else ""
            spread = raw.strip() in (b"{", b"[")  # a value over many lines; one fault is enough
            remedy = ONE_A_LINE if spread else error.remedy
            report.faults.append(Fault(error.what + column, where, remedy))
            if spread:
                return
            continue
        yield Record(where, where.name(), value)


def _is_spread(path: Path) -> bool:
    """Return whether the first line that is not blank is only the opening brace of an object over many lines."""
    with reading(path) as file:
        lines = (line.removeprefix(BOM).strip() for line in file)
        return next(line for line in lines if line) == b"{"


def _spread(path: Path, report: Report) -> Iterator[Record]:
    """Yield the objects of a file in which each is written over many lines, one after the other."""
    with reading(path) as file:
        text = decode_file(file.read(), path)
    line, seen = 1, 0
    try:
        for position, value in values_of(text):
            line += text.count("\n", seen, position)
            seen, where = position, Place(str(path), line)
            yield Record(where, where.name(), value)
    except Malformed as error:
        remedy = error.remedy or ONE_A_LINE
        report.faults.append(Fault(error.what, place_in(path, text, error.position), remedy))


def _list(path: Path, report: Report) -> Iterator[Record]:
    with reading(path) as file:
        text = decode_file(file.read(), path)
    index, line, seen = 0, 1, 0
    position = skip_blanks(text, text.index("[") + 1)
    if text[position : position + 1] == "]":
        report.faults.append(Fault("the list has no documents", str(path)))
        return
    try:
        while True:
            line += text.count("\n", seen, position)
            seen = position
            value, position = parse_at(text, position)
            where = Place(str(path), line if line > 1 else None, record=index)
            yield Record(where, where.name(), value)
            index += 1
            position = skip_blanks(text, position)
            if text[position : position + 1] != ",":
                break
            position = skip_blanks(text, position + 1)
        _check_end(text, position)
    except Malformed as error:
        where = place_in(path, text, error.position)
        report.faults.append(Fault(f"{error.what} (in record {index})", where, error.remedy))


def _check_end(text: str, position: int) -> None:
    if text[position : position + 1] != "]":
        raise Malformed("broken JSON: expecting ',' or the end of the list", position)
    if (end := skip_blanks(text, position + 1)) < len(text):
        raise Malformed("broken JSON: more text after the end of the list", end)


def lines_of(path: Path, report: Report) -> Iterator[tuple[int, str]]:
    """Yield number (from 1) and text of each line; report lines that are not UTF-8."""
    with reading(path) as file:
        for number, raw in enumerate(file, 1):
            raw = raw.removeprefix(BOM) if number == 1 else raw
            try:
                yield number, decode(raw.rstrip(b"\r\n"))
            except Malformed as error:
                report.faults.append(Fault(error.what, Place(str(path), number), error.remedy))


def whole(text: str) -> int | None:
    """Return the whole number in a text, or None for any other text."""
    return int(text) if re.fullmatch(r"[0-9]{1,9}", text) else None
