"""Exact pooling of many ranges over a batch of sequences, without a tensor of size ranges x length x width.

The maximum needs a sparse table, O(L log L H) once, and two gathers per range; sum and mean need prefix sums in fp32.
Ranges are rows ``(start, end)`` with exclusive ends over the sequence of their document. An empty range
(``end <= start``) gives zeros.
"""

from collections.abc import Hashable, MutableMapping
from typing import Any

import torch
from torch import Tensor
from torch.autograd.function import once_differentiable

Cache = MutableMapping[Hashable, Any]
SPARSE = 4  # how many times as many possible numbers as numbers make a table slower than sorting


def range_max(
    states: Tensor, doc: Tensor, ranges: Tensor, cache: Cache | None = None, longest: int | None = None
) -> Tensor:
    """Return the element-wise maximum of ``states[doc, start:end]``.

    Args:
        states: [B, L, H] float. doc: [M] int64. ranges: [M, 2] int64.
        cache: keeps the table for further calls on the same states.
        longest: length that no range exceeds, if the caller knows one. A GPU is never asked for it: without one, the
            table is as deep as possible.

    Returns:
        [M, H] in the dtype of ``states``. The gradient of a maximum goes to one of the places where it occurs.
    """
    if doc.numel() == 0:
        return states.new_zeros(0, states.shape[2])
    # a range of length n is covered by two ranges of length 2^level, at its start and at its end
    length = ranges[:, 1] - ranges[:, 0]
    level = torch.log2(length.clamp(min=1).double()).long()
    table = _table(states.detach(), _wants_gradient(states), cache)
    if longest is None:
        longest = int(length.max()) if length.device.type == "cpu" else states.shape[1]
    table.reach(max(longest, 1).bit_length() - 1)
    start = ranges[:, 0].clamp(max=states.shape[1] - 1)
    first = (level * states.shape[0] + doc) * states.shape[1] + start
    last = first + (length - (1 << level)).clamp(min=0)
    pooled: Tensor = _RangeMax.apply(states, table, first, last)
    empty = length <= 0
    if empty.device.type == "cpu":  # only the empty rows, which a GPU would be waited for
        return pooled.index_fill_(0, torch.nonzero(empty).squeeze(1), 0)
    return pooled.masked_fill_(empty.unsqueeze(1), 0)


def _wants_gradient(states: Tensor) -> bool:
    return states.requires_grad and torch.is_grad_enabled()


def _table(states: Tensor, places: bool, cache: Cache | None) -> "_MaxTable":
    known = None if cache is None else cache.get("maxima")
    if known is not None and (known.places is not None or not places):
        return known
    table = _MaxTable(states, places)
    if cache is not None:
        cache["maxima"] = table
    return table


class _MaxTable:
    """The table of maxima.

    ``values`` [levels, B, L, H] holds at (j, b, t) the maximum over the units t to t + 2^j of document b. ``places``,
    if a gradient is wanted, holds the row of ``states`` [B * L, H] in which each of them occurs, int32.
    """

    def __init__(self, states: Tensor, places: bool) -> None:
        self.values = states.unsqueeze(0)
        own = torch.arange(states.shape[0] * states.shape[1], device=states.device, dtype=torch.int32)
        self.places = own.view(1, *states.shape[:2], 1).expand(self.values.shape) if places else None

    def reach(self, top: int) -> None:
        """Compute all levels up to ``top``."""
        known = self.values.shape[0]
        if top < known:
            return
        self.values = _grown(self.values, top + 1)
        self.places = None if self.places is None else _grown(self.places, top + 1)
        for j in range(known - 1, top):
            half = 1 << j
            low, high = self.values[j, :, :-half], self.values[j, :, half:]
            torch.maximum(low, high, out=self.values[j + 1, :, :-half])
            self.values[j + 1, :, -half:] = self.values[j, :, -half:]
            if self.places is not None:
                lower, higher = self.places[j, :, :-half], self.places[j, :, half:]
                torch.add(lower, (higher - lower).mul_(high > low), out=self.places[j + 1, :, :-half])
                self.places[j + 1, :, -half:] = self.places[j, :, -half:]


def _grown(levels: Tensor, size: int) -> Tensor:
    larger = levels.new_empty(size, *levels.shape[1:])
    larger[: len(levels)] = levels
    return larger


class _RangeMax(torch.autograd.Function):
    """The larger of two rows of a table; its backward pass is one scatter."""

    @staticmethod
    def forward(ctx: Any, states: Tensor, table: _MaxTable, first: Tensor, last: Tensor) -> Tensor:
        width = states.shape[2]
        values = table.values.view(-1, width)
        left, right = values.index_select(0, first), values.index_select(0, last)
        if table.places is not None:
            places = table.places.view(-1, width)
            lower, higher = places.index_select(0, first), places.index_select(0, last)
            ctx.shape = states.shape
            ctx.save_for_backward(lower + (higher - lower).mul_(right > left))
        return torch.maximum(left, right, out=left)

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, grad: Tensor) -> tuple[Tensor | None, ...]:
        (place,) = ctx.saved_tensors
        column = torch.arange(place.shape[1], device=grad.device)
        flat = place.long().mul_(place.shape[1]).add_(column)
        into = grad.new_zeros(ctx.shape)
        into.view(-1).scatter_add_(0, flat.view(-1), grad.reshape(-1))
        return into, None, None, None


def range_sum(states: Tensor, doc: Tensor, ranges: Tensor, cache: Cache | None = None) -> Tensor:
    """Return the sum of ``states[doc, start:end]``; see `range_max` for arguments and result. Accumulates in fp32 or
    better.
    """
    prefix = None if cache is None else cache.get("prefix sums")
    if prefix is None or (_wants_gradient(states) and not prefix.requires_grad):
        wide = states.to(torch.promote_types(states.dtype, torch.float32))
        prefix = torch.cat([wide.new_zeros(states.shape[0], 1, states.shape[2]), wide.cumsum(dim=1)], dim=1)
        if cache is not None:
            cache["prefix sums"] = prefix
    flat = prefix.view(-1, states.shape[2])
    base = doc * prefix.shape[1]
    start = ranges[:, 0].clamp(max=states.shape[1])
    end = torch.maximum(ranges[:, 1], start)
    return (flat.index_select(0, base + end) - flat.index_select(0, base + start)).to(states.dtype)


def range_mean(states: Tensor, doc: Tensor, ranges: Tensor, cache: Cache | None = None) -> Tensor:
    """Return the mean of ``states[doc, start:end]``; see `range_max` for arguments and result."""
    length = (ranges[:, 1] - ranges[:, 0]).clamp(min=1).unsqueeze(1)
    return range_sum(states, doc, ranges, cache) / length.to(states.dtype)


def distinct(numbers: Tensor, bound: int) -> tuple[Tensor, Tensor]:
    """Return the different numbers, ascending, and [M] int64, the place of each number among them.

    On the host, numbers are sorted only if there are few for their size. On a GPU the host would wait.

    Args:
        numbers: [M] int64, 0 or more and below ``bound``.
    """
    if numbers.device.type != "cpu" or bound > SPARSE * len(numbers):
        found, place = torch.unique(numbers, return_inverse=True)
        return found, place
    there = torch.zeros(bound, dtype=torch.bool).index_fill_(0, numbers, True)
    return torch.nonzero(there).squeeze(1), (there.cumsum(0) - 1).index_select(0, numbers)


def distinct_ranges(doc: Tensor, ranges: Tensor, length: int) -> tuple[Tensor, Tensor, Tensor]:
    """Return each range once; all empty ranges of a document are one. On a GPU the host would wait.

    Args:
        doc: [M] int64. ranges: [M, 2] int64 over sequences of ``length``.

    Returns:
        ``doc`` [K] and ``ranges`` [K, 2], and [M] int64, the row of each range among them.
    """
    base, some = length + 1, ranges[:, 0] < ranges[:, 1]
    start, end = (torch.where(some, side, 0) for side in ranges.unbind(1))
    # one number per range: the place of (document, start) among those that occur, and of the end
    firsts, first = distinct(doc * base + start, base * (int(doc.max()) + 1 if len(doc) else 0))
    ends, last = distinct(end, base)
    key, row = distinct(first * len(ends) + last, len(firsts) * len(ends))
    first = torch.div(key, max(len(ends), 1), rounding_mode="floor")
    start, end = firsts[first], ends[key - first * len(ends)]
    return torch.div(start, base, rounding_mode="floor"), torch.stack([start % base, end], dim=1), row
