"""Overlapping windows over documents that are longer than the encoder takes: where they lie, and as tensors."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import torch
from torch import Tensor

from jointre.data.encoding import Layout

if TYPE_CHECKING:
    from jointre.data.encoding import Encoding

UNLIMITED = np.iinfo(np.int64).max


def lay_out(words: np.ndarray, room: int, overlap: int) -> Layout:
    """Windows over whole words, each as full as word borders allow, spread evenly.

    All pieces of a word take their state from the window where the word has most context: where the smaller of
    the pieces to its left and to its right is largest. The borders of the document do not limit context; of two
    equal windows it is the earlier one. A word of more than ``room`` pieces is cut between pieces, each of which
    then counts as a word.

    Args:
        words: [W, 2] int64 piece range of each word, without gaps.
        room: most pieces of a window, special pieces not counted.
        overlap: pieces that neighbouring windows share at least, fewer only where a word is too long for it;
            less than ``room``.
    """
    borders = _borders(words, room)
    ranges = _spread(borders, room, overlap)
    return Layout(ranges, _most_context(borders, ranges))


def _borders(words: np.ndarray, room: int) -> np.ndarray:
    """Where a window may begin or end, in order."""
    wide = words[words[:, 1] - words[:, 0] > room]
    inside = [np.arange(start + 1, end) for start, end in wide]
    return np.unique(np.concatenate([words[:1, 0], words[:, 1], *inside]))


def _spread(borders: np.ndarray, room: int, overlap: int) -> np.ndarray:
    ranges = []
    start, last = borders[0], borders[-1]
    while True:
        at = np.searchsorted(borders, start + room, side="right") - 1
        end = borders[at]
        ranges.append((start, end))
        if end == last:
            return np.array(ranges, dtype=np.int64)
        rest = last - room - start
        windows = -(-rest // (room - overlap))
        even = borders[np.searchsorted(borders, start - (-rest // windows))]
        shared = borders[max(np.searchsorted(borders, end - overlap, side="right") - 1, 0)]
        needed = borders[np.searchsorted(borders, borders[at + 1] - room)]
        start = max(needed, min(even, shared))


def _most_context(borders: np.ndarray, ranges: np.ndarray) -> np.ndarray:
    starts, ends = borders[:-1], borders[1:]
    most = np.full(len(starts), -1, dtype=np.int64)
    window = np.zeros(len(starts), dtype=np.int64)
    for number, (begin, stop) in enumerate(ranges):
        inside = slice(np.searchsorted(starts, begin), np.searchsorted(ends, stop, side="right"))
        left = starts[inside] - begin if begin > borders[0] else UNLIMITED
        right = stop - ends[inside] if stop < borders[-1] else UNLIMITED
        context = np.minimum(left, right)
        better = context > most[inside]
        most[inside] = np.where(better, context, most[inside])
        window[inside] = np.where(better, number, window[inside])
    return np.repeat(window, ends - starts)


@dataclass(frozen=True)
class Windows:
    """The windows of a batch, V in all; a document that fits has one.

    Args:
        ids: [V, S] int64 pieces of each window, the tokenizer's special ones around them.
        mask: [V, S] bool.
        doc: [V] int64 batch row of each window; windows of a document follow each other.
        source: [B, T] int64 row of the windows' states, seen as [V * S, D], that each position of the documents
            takes; -1 for padding. Pieces after the words are those of the last window.
        head: number of special pieces before the words. Their states are means over the windows of the document.
        padded: whether any row of ``ids`` is shorter than S.
        pieces_at_once: most pieces, padding included, run through the encoder at once where no graph is kept.
    """

    ids: Tensor
    mask: Tensor
    doc: Tensor
    source: Tensor
    head: int
    padded: bool
    pieces_at_once: int

    def __len__(self) -> int:
        return self.ids.shape[0]


def stack_windows(encodings: Sequence["Encoding"], pad_id: int, pieces_at_once: int) -> Windows | None:
    """The windows of documents that become one batch; None if every document fits."""
    if all(encoding.windows is None for encoding in encodings):
        return None
    rows = [row for encoding in encodings for row in _rows(encoding)]
    width = max(len(row) for row in rows)
    ids = np.full((len(rows), width), pad_id, dtype=np.int64)
    mask = np.zeros((len(rows), width), dtype=bool)
    for number, row in enumerate(rows):
        ids[number, : len(row)] = row
        mask[number, : len(row)] = True
    source = np.full((len(encodings), max(len(e.ids) for e in encodings)), -1, dtype=np.int64)
    doc: list[int] = []
    for row_number, encoding in enumerate(encodings):
        source[row_number, : len(encoding.ids)] = _source(encoding, width) + len(doc) * width
        doc += [row_number] * encoding.sequences[0]
    return Windows(
        torch.from_numpy(ids),
        torch.from_numpy(mask),
        torch.tensor(doc),
        torch.from_numpy(source),
        int(encodings[0].words[0, 0]),
        not bool(mask.all()),
        pieces_at_once,
    )


def _rows(encoding: "Encoding") -> list[np.ndarray]:
    """The pieces of each window with the special ones around them."""
    ids = np.asarray(encoding.ids, dtype=np.int64)
    if encoding.windows is None:
        return [ids]
    before, after = ids[: encoding.words[0, 0]], ids[encoding.words[-1, 1] :]
    return [np.concatenate([before, ids[start:end], after]) for start, end in encoding.windows.ranges]


def _source(encoding: "Encoding", width: int) -> np.ndarray:
    """[pieces of the document] place of each among its windows, ``width`` places a window."""
    places = np.arange(len(encoding.ids))
    if encoding.windows is None:
        return places
    ranges, window = encoding.windows.ranges, encoding.windows.window
    head, tail = encoding.words[0, 0], encoding.words[-1, 1]
    places[head:tail] += window * width - (ranges[window, 0] - head)
    places[tail:] += (len(ranges) - 1) * width - (ranges[-1, 0] - head)
    return places
