"""The encodings of a corpus as a few flat arrays, in memory or mapped from files."""

from collections.abc import Iterable, Mapping, Sequence
from itertools import chain
from pathlib import Path
from typing import Any, Protocol, overload

import numpy as np

from jointre.data.doc import Doc
from jointre.data.encoding import Encoding, Layout
from jointre.data.flat_files import FlatWriter, read_flat

FORM = "jointre.encodings.v1"
VALUES = {"ids": "<i4", "words": "<i4", "ranges": "<i4", "window": "<i4"}
ENDS = {f"{name}_ends": "<i8" for name in VALUES}
DTYPES = {"keys": "<i8", "around": "<i4", **VALUES, **ENDS}
CHUNK = 2048


class Sink(Protocol):
    """Takes arrays piece by piece; see `FlatWriter.add`."""

    def add(self, name: str, values: np.ndarray) -> None: ...


class _Memory:
    """Keeps the pieces of arrays in memory."""

    def __init__(self) -> None:
        self.pieces: dict[str, list[np.ndarray]] = {name: [] for name in DTYPES}

    def add(self, name: str, values: np.ndarray) -> None:
        self.pieces[name].append(np.asarray(values, DTYPES[name]))

    def arrays(self) -> dict[str, np.ndarray]:
        """Return the whole arrays; the pieces are gone then."""
        empty = {name: np.empty(0, dtype) for name, dtype in DTYPES.items()}
        return {name: np.concatenate([empty[name], *self.pieces.pop(name)]) for name in DTYPES}


class EncodedCorpus(Sequence[Encoding]):
    """Encodings of documents. Each access makes a new object from the arrays.

    Args:
        docs: the documents; the ``key`` of an encoding is the row of its document. `of` needs none.
        arrays: by the names in `DTYPES`.
        folder: the files of the arrays; None if they are in memory. Pickling passes on the path, not the arrays.
    """

    def __init__(
        self, docs: Sequence[Doc], arrays: Mapping[str, np.ndarray], folder: Path | None = None
    ) -> None:
        self.docs = docs
        self._arrays = arrays
        self._folder = folder

    @classmethod
    def in_memory(cls, docs: Sequence[Doc], encodings: Iterable[Encoding]) -> "EncodedCorpus":
        """Return the encodings of ``docs`` as arrays in memory."""
        memory = _Memory()
        _add_all(memory, encodings)
        return cls(docs, memory.arrays())

    @classmethod
    def open(cls, docs: Sequence[Doc], folder: Path, verify: bool = True) -> "EncodedCorpus":
        """Map the encodings of ``docs`` in a folder.

        Raises:
            Damaged: the files are not those that were written.
        """
        return cls(docs, read_flat(folder, FORM, DTYPES, verify)[0], folder)

    def __reduce__(self) -> tuple[Any, ...]:
        if self._folder is None:
            return EncodedCorpus, (self.docs, self._arrays)
        return EncodedCorpus.open, (self.docs, self._folder, False)

    def __len__(self) -> int:
        return len(self._arrays["keys"])

    @property
    def lengths(self) -> np.ndarray:
        """[N] int64 number of pieces of each encoding."""
        return np.diff(self._arrays["ids_ends"], prepend=0)

    @property
    def windowed(self) -> int:
        """The number of encodings with windows."""
        return int(np.count_nonzero(np.diff(self._arrays["ranges_ends"], prepend=0)))

    @overload
    def __getitem__(self, row: int) -> Encoding: ...
    @overload
    def __getitem__(self, row: slice) -> list[Encoding]: ...
    def __getitem__(self, row: int | slice) -> Encoding | list[Encoding]:
        rows = range(len(self))[row]
        if isinstance(rows, int):
            return self._encoding(rows, self.docs)
        return [self._encoding(number, self.docs) for number in rows]

    def of(self, docs: Sequence[Doc], first: int) -> list[Encoding]:
        """Return the encodings of the rows from ``first`` on, for their ``docs``; ``key`` counts from 0."""
        rows = np.searchsorted(self._arrays["keys"], [first, first + len(docs)])
        return [self._encoding(row, docs, first) for row in range(*rows.tolist())]

    def _encoding(self, row: int, docs: Sequence[Doc], first: int = 0) -> Encoding:
        key, ranges = int(self._arrays["keys"][row]) - first, self._slice("ranges", row)
        left, right = self._arrays["around"][2 * row : 2 * row + 2].tolist()
        windows = None
        if len(ranges):
            windows = Layout(_pairs(ranges), self._slice("window", row).astype(np.int64))
        words = _pairs(self._slice("words", row))
        return Encoding(docs[key], self._slice("ids", row).tolist(), words, key, windows, (left, right))

    def _slice(self, name: str, row: int) -> np.ndarray:
        ends = self._arrays[f"{name}_ends"]
        return self._arrays[name][(ends[row - 1] if row else 0) : ends[row]]


def write_encodings(folder: Path, encodings: Iterable[Encoding]) -> None:
    """Write encodings to an empty folder, a few thousand at a time."""
    with FlatWriter(folder, DTYPES) as writer:
        _add_all(writer, encodings)
        writer.finish(FORM, {})


def _pairs(flat: np.ndarray) -> np.ndarray:
    return flat.reshape(-1, 2).astype(np.int64)


def _add_all(sink: Sink, encodings: Iterable[Encoding]) -> None:
    ends = dict.fromkeys(VALUES, 0)
    part: list[Encoding] = []
    for encoding in encodings:
        part.append(encoding)
        if len(part) == CHUNK:
            _add(sink, part, ends)
            part = []
    _add(sink, part, ends)


def _add(sink: Sink, part: Sequence[Encoding], ends: dict[str, int]) -> None:
    """Add encodings to the arrays, whose lengths are in ``ends``."""
    if not part:
        return
    none = np.empty(0, np.int64)
    values = {
        "ids": [np.asarray(e.ids, np.int64) for e in part],
        "words": [e.words.ravel() for e in part],
        "ranges": [none if e.windows is None else e.windows.ranges.ravel() for e in part],
        "window": [none if e.windows is None else e.windows.window for e in part],
    }
    sink.add("keys", np.array([e.key for e in part]))
    sink.add("around", np.array(list(chain.from_iterable(e.around for e in part))))
    for name, arrays in values.items():
        borders = ends[name] + np.cumsum([len(array) for array in arrays])
        ends[name] = int(borders[-1])
        sink.add(name, np.concatenate(arrays))
        sink.add(f"{name}_ends", borders)
