"""Overlapping windows over documents longer than the encoder's limit: their layout, and their tensors."""

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
    """Lay out windows over whole words, each as full as word boundaries allow, spread evenly.

    All pieces of a word take their state from the window where the word has the most context: where the smaller of
    the numbers of pieces to its left and right is largest. The ends of the document do not limit context. Of two equal
    windows the earlier one is used. A word of more than ``room`` pieces is split into pieces, each of which then counts
    as a word.

    Args:
        words: [W, 2] int64 piece range of each word, without gaps.
        room: maximum number of pieces in a window, without special pieces.
        overlap: minimum number of pieces that neighbouring windows share (fewer if a word is too long); less than
            ``room``.
    """
    borders = _borders(words, room)
    ranges = _spread(borders, room, overlap)
    return Layout(ranges, _most_context(borders, ranges))


def _borders(words: np.ndarray, room: int) -> np.ndarray:
    """Return where a window may begin or end, in order."""
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
    """The V windows of a batch; a document that fits has one.

    Args:
        ids: [V, S] int64 pieces of each window, with the tokenizer's special pieces around them.
        mask: [V, S] bool.
        doc: [V] int64 batch row of each window; windows of one document are adjacent.
        source: [B, T] int64 row of the windows' states, seen as [V * S, D], that each position of the documents
            takes; -1 for padding. Pieces after the words are those of the last window.
        place: [V, S] int64 position in its document of each position of the windows; 0 for padding.
        head: number of special pieces before the words. Their states are means over the windows of the document.
        padded: whether any row of ``ids`` is shorter than S.
        pieces_at_once: maximum number of pieces, padding included, that the encoder reads at once without gradients.
    """

    ids: Tensor
    mask: Tensor
    doc: Tensor
    source: Tensor
    place: Tensor
    head: int
    padded: bool
    pieces_at_once: int

    def __len__(self) -> int:
        return self.ids.shape[0]


def stack_windows(encodings: Sequence["Encoding"], pad_id: int, pieces_at_once: int) -> Windows | None:
    """Return the windows of the documents of one batch, or None if every document fits."""
    if all(encoding.windows is None for encoding in encodings):
        return None
    rows = [row for encoding in encodings for row in _rows(encoding)]
    width = max(len(pieces) for pieces, _ in rows)
    ids = np.full((len(rows), width), pad_id, dtype=np.int64)
    place = np.zeros((len(rows), width), dtype=np.int64)
    mask = np.zeros((len(rows), width), dtype=bool)
    for number, (pieces, places) in enumerate(rows):
        ids[number, : len(pieces)] = pieces
        place[number, : len(pieces)] = places
        mask[number, : len(pieces)] = True
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
        torch.from_numpy(place),
        encodings[0].head,
        not bool(mask.all()),
        pieces_at_once,
    )


def _rows(encoding: "Encoding") -> list[tuple[np.ndarray, np.ndarray]]:
    """Return the pieces of each window with the special pieces around them, and their positions in the document."""
    ids = np.asarray(encoding.ids, dtype=np.int64)
    every = np.arange(len(ids))
    if encoding.windows is None:
        return [(ids, every)]
    before, after = every[: encoding.words[0, 0]], every[encoding.words[-1, 1] :]
    parts = (np.concatenate([before, every[start:end], after]) for start, end in encoding.windows.ranges)
    return [(ids[part], part) for part in parts]


def _source(encoding: "Encoding", width: int) -> np.ndarray:
    """Return the position of each piece among the windows of its document, with ``width`` positions per window."""
    places = np.arange(len(encoding.ids))
    if encoding.windows is None:
        return places
    ranges, window = encoding.windows.ranges, encoding.windows.window
    head, tail = encoding.words[0, 0], encoding.words[-1, 1]
    places[head:tail] += window * width - (ranges[window, 0] - head)
    places[tail:] += (len(ranges) - 1) * width - (ranges[-1, 0] - head)
    return places
