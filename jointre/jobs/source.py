"""The input of a job: files with a known number of lines, cut into shards of as many lines each, across files."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any, Protocol

from jointre.errors import DataError, Fault


class Source(Protocol):
    """A file as it is now."""

    @property
    def name(self) -> str:
        """Its name in messages and in the ids of documents."""

    @property
    def lines(self) -> int:
        """The number of its lines, of the rows of its table, or of its documents."""

    def read(self, first: int) -> Iterator[Any]:
        """Yield its lines as bytes, or its rows, from number ``first`` on, which counts from 0."""


@dataclass(frozen=True)
class Stretch:
    """Consecutive lines of one file.

    Args:
        name: of the file.
        first: the number of the first line, from 1.
        lines: their bytes; or rows of a table.
        row: which file of the input it is, from 0.
    """

    name: str
    first: int
    lines: tuple[Any, ...]
    row: int = 0


@dataclass(frozen=True)
class Task:
    """The lines that make one shard, and its number."""

    number: int
    stretches: tuple[Stretch, ...]


def shards(files: Sequence[Source], size: int) -> int:
    """Return the number of shards of ``size`` lines."""
    return -(-sum(file.lines for file in files) // size)


def tasks(files: Sequence[Source], size: int, done: Collection[int] = ()) -> Iterator[Task]:
    """Yield the shards of the input, ``size`` lines each across files, except those in ``done``.

    Raises:
        DataError: a file has fewer lines than it had.
    """
    texts, starts = [_Open(file) for file in files], _starts(files)
    row = 0
    for number in range(shards(files, size)):
        if number in done:
            continue
        begin, end = number * size, (number + 1) * size
        while starts[row] + files[row].lines <= begin:
            row += 1
        held = list[Stretch]()
        for at in range(row, len(files)):
            if starts[at] >= end:
                break
            lines = texts[at].between(begin - starts[at], end - starts[at])
            if lines:
                held.append(Stretch(files[at].name, max(begin - starts[at], 0) + 1, lines, at))
        yield Task(number, tuple(held))


def _starts(files: Sequence[Source]) -> list[int]:
    """Return how many lines there are before each file."""
    starts = [0]
    for file in files:
        starts.append(starts[-1] + file.lines)
    return starts[:-1]


class _Open:
    """A file that is read once from its beginning to its end, with gaps."""

    def __init__(self, file: Source) -> None:
        self.file = file
        self.place = 0
        self._lines: Iterator[Any] | None = None

    def between(self, begin: int, end: int) -> tuple[Any, ...]:
        """Return the lines from ``begin`` to ``end`` that the file has."""
        begin, end = max(begin, 0), min(end, self.file.lines)
        if begin >= end:
            return ()
        if self._lines is None:
            self._lines, self.place = self.file.read(begin), begin
        skip = begin - self.place
        lines = tuple(islice(self._lines, skip, skip + end - begin))
        self.place = end
        if len(lines) < end - begin:
            fault = Fault("it has fewer lines than before", self.file.name, "repeat the command")
            raise DataError("the input has changed since it was checked", [fault])
        if end == self.file.lines:
            self._lines = None  # closes the file
        return lines
