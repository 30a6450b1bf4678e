"""Insert marker pieces into sequences, and cut sequences that are then too long."""

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import NamedTuple, TypeVar

import torch
from torch import Tensor
from torch.nn.functional import pad
from torch.utils.checkpoint import checkpoint

T = TypeVar("T")


class Marked(NamedTuple):
    """Sequences with markers: ``ids`` and ``mask`` [R, T + M], and ``places`` [R, M], the positions of the markers."""

    ids: Tensor
    mask: Tensor
    places: Tensor


def insert(ids: Tensor, mask: Tensor, markers: Tensor, gaps: Tensor) -> Marked:
    """Insert M markers into each sequence; all other pieces keep their order.

    Args:
        ids: [R, T] int64 pieces; mask: [R, T] bool, false for padding on the right.
        markers: [R, M] int64 pieces.
        gaps: [R, M] int64, the piece before which each marker is put. Markers of one gap keep their order.
    """
    n_markers = gaps.shape[1]
    # a marker stands behind the pieces before its gap and behind the markers that come before it
    order = gaps * n_markers + torch.arange(n_markers, device=gaps.device)
    places = gaps + (order.unsqueeze(2) > order.unsqueeze(1)).sum(2)
    position = torch.arange(ids.shape[1], device=ids.device).expand_as(ids)
    moved = position + (gaps.unsqueeze(2) <= position.unsqueeze(1)).sum(1)
    result = pad(ids, (0, n_markers)).scatter_(1, moved, ids).scatter_(1, places, markers)
    return Marked(result, pad(mask, (n_markers, 0), value=True), places)


class Cut(NamedTuple):
    """Shorter sequences: ``ids`` and ``mask`` [R, L], and ``kept`` [R, L], where their pieces were before."""

    ids: Tensor
    mask: Tensor
    kept: Tensor


def cut_around(ids: Tensor, length: Tensor, places: Tensor, room: int) -> Cut:
    """Keep at most ``room`` pieces of each sequence: the first and the last, and those nearest to certain ones.

    Args:
        ids: [R, T] int64. length: [R] int64, the number of pieces of each sequence.
        places: [R, M] int64, the pieces that others should be near to; they are kept, too, if there is room for them.
        room: L; at least M + 2.
    """
    position = torch.arange(ids.shape[1], device=ids.device).expand_as(ids)
    distance = (position.unsqueeze(2) - places.unsqueeze(1)).abs().amin(2)
    last = (length - 1).unsqueeze(1)
    distance = distance.masked_fill((position == 0) | (position == last), 0).masked_fill(
        position > last, 2 * ids.shape[1]
    )
    kept = distance.argsort(dim=1, stable=True)[:, :room].sort(dim=1).values
    return Cut(ids.gather(1, kept), kept <= last, kept)


def bounded(function: Callable[..., T], parts: int) -> Callable[..., T]:
    """Return a function that computes each of several parts again in the backward pass, instead of keeping its results.

    One part alone is kept, and so is everything without gradients.
    """
    if parts < 2 or not torch.is_grad_enabled():
        return function
    return partial(checkpoint, function, use_reentrant=False)


def in_parts(lengths: Sequence[int], pieces: int) -> Iterator[list[int]]:
    """Yield the rows of sequences in parts of similar length, longest first, each of at most ``pieces`` pieces with
    padding, but of at least one sequence.
    """
    rows = sorted(range(len(lengths)), key=lengths.__getitem__, reverse=True)
    start = 0
    while start < len(rows):
        end = start + max(1, pieces // lengths[rows[start]])
        yield rows[start:end]
        start = end
