"""The raw text: its files looked at from end to end before work begins, then cut into stretches of lines."""

from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

from jointre.data.atomic_write import file_sha256
from jointre.data.report import Report
from jointre.data.strict_read import reading
from jointre.errors import DataError, Fault
from jointre.readers.head import looks_like_json
from jointre.readers.open import TEXT_NAMES
from jointre.readers.records import lines_of

Advance = Callable[[int], None]
"""Called with the number of lines that were read since the last call."""


@dataclass(frozen=True)
class TextFile:
    """A file of raw text as it is now: its SHA-256 and its number of lines."""

    path: Path
    sha256: str
    lines: int

    def to_json(self) -> dict[str, Any]:
        """A JSON-ready dictionary."""
        return {"file": self.path.name, "sha256": self.sha256, "lines": self.lines}


@dataclass(frozen=True)
class Stretch:
    """Lines of one file in a row: the file's name, the number of the first line (from 1), their bytes."""

    name: str
    first: int
    lines: tuple[bytes, ...]


@dataclass(frozen=True)
class Task:
    """The lines that make one shard, and its number."""

    number: int
    stretches: tuple[Stretch, ...]


def text_files(path: str, advance: Advance = lambda lines: None) -> list[TextFile]:
    """The file, or all ``*.txt`` and ``*.txt.gz`` of a folder by name, each read once.

    Raises:
        DataError: there is no such file or none in the folder, or a file cannot be read, is no raw text, or has lines
            that are not UTF-8; with all faults.
    """
    report, found = Report(), []
    for file in _files(path):
        try:
            if looks_like_json(file):
                report.faults.append(Fault("is JSON, not raw text", str(file), "write one text a line"))
                continue
            lines = 0
            for _ in lines_of(file, report):
                lines += 1
                advance(1)
            found.append(TextFile(file, file_sha256(file), lines))
        except DataError as error:
            report.faults.extend(error.faults)
    if not report.faults and not any(file.lines for file in found):
        report.faults.append(Fault("there is no text in it", path))
    report.raise_faults(f"{path} cannot be annotated")
    return found


def _files(path: str) -> list[Path]:
    if path == "-":
        remedy = "write it to a file, which can be read again where an annotation was stopped"
        raise DataError("standard input cannot be annotated", [Fault("it can be read once", "-", remedy)])
    if not Path(path).is_dir():
        return [Path(path)]
    found = sorted(file for file in Path(path).iterdir() if file.name.lower().endswith(TEXT_NAMES))
    if not found:
        fault = Fault("a folder without *.txt", path, "put the text there as *.txt or *.txt.gz")
        raise DataError(f"{path} cannot be annotated", [fault])
    return found


def tasks(files: list[TextFile], size: int, done: Collection[int] = ()) -> Iterator[Task]:
    """The shards of a text, ``size`` lines each whatever the files they are in, but for those in ``done``."""
    number, held, room = 0, list[Stretch](), size
    for stretch in _stretches(files, size):
        held.append(stretch)
        room -= len(stretch.lines)
        if room == 0:
            if number not in done:
                yield Task(number, tuple(held))
            number, held, room = number + 1, [], size
    if held and number not in done:
        yield Task(number, tuple(held))


def _stretches(files: list[TextFile], size: int) -> Iterator[Stretch]:
    """Pieces of files, cut where a shard of ``size`` lines ends."""
    room = size
    for text in files:
        first = 1
        with reading(text.path) as file:
            while lines := tuple(islice(file, room)):
                yield Stretch(text.path.name, first, lines)
                first += len(lines)
                room = room - len(lines) or size
