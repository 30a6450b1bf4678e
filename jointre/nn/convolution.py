"""Convolutions over many ranges of a batch of sequences, each range padded with its own zeros.

A range of w units and a kernel of k taps have w + k - 1 windows that contain a unit. The w - k + 1 windows inside the
range are the same for all ranges that contain them. The others are cut off at one end of the range and are the same
for all ranges with that end, except for ranges shorter than the kernel.
"""

from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.nn.functional import gelu, pad

from jointre.nn.ranges import Cache, range_max


class Windows(NamedTuple):
    """The results of the windows of one kernel after gelu, for every place of every sequence.

    Args:
        inside: [B, L, C], the window that ends with this unit and is not cut off.
        first: [B, L, k - 1, C], for a range that starts with this unit: the maximum over the windows that its start
            cuts off, for ranges of 1, 2, ... units, and of k - 1 or more.
        last: [B, L, k - 1, C], for a range that ends with this unit: the maximum over the windows that only its end
            cuts off.
        outside: [C], a window without a unit.
    """

    inside: Tensor
    first: Tensor
    last: Tensor
    outside: Tensor


def windows(states: Tensor, weight: Tensor, bias: Tensor) -> Windows:
    """Compute the windows of one kernel; every unit is projected once per tap.

    Args:
        states: [B, L, H]. weight: [C, H, k], tap by tap from left to right. bias: [C].
    """
    channels, width, size = weight.shape
    taps = nn.functional.linear(states, weight.permute(2, 0, 1).reshape(-1, width))
    taps = taps.view(*states.shape[:2], size, channels)
    inside, last = _ends(taps, bias)
    return Windows(inside, _starts(taps, bias), last, gelu(bias))


def _ends(taps: Tensor, bias: Tensor) -> tuple[Tensor, Tensor]:
    """Return ``inside`` and ``last``, window by window.

    The window with one unit more is the window before it, shifted one unit to the right, plus the next tap.
    """
    window = taps[:, :, 0]  # the window that contains only its last unit
    running: list[Tensor] = []
    for tap in taps.unbind(2)[1:]:
        value = gelu(window + bias)
        running.append(torch.maximum(running[-1], value) if running else value)
        window = pad(window[:, :-1], (0, 0, 1, 0)) + tap
    return gelu(window + bias), _stacked(running, taps)


def _starts(taps: Tensor, bias: Tensor) -> Tensor:
    """Return ``first``: window d of [B, L, k - 1, C] begins d + 1 units before the range.

    A range that is wider by one unit adds a tap to all windows but the shortest.
    """
    window = taps[:, :, 1:]
    maxima = [gelu(window + bias).amax(2)] if window.shape[2] else []
    for ahead in range(1, window.shape[2]):
        more = pad(taps[:, ahead:, ahead + 1 :], (0, 0, 0, ahead, 0, ahead))
        window = window + more[:, : taps.shape[1]]
        maxima.append(gelu(window + bias).amax(2))
    return _stacked(maxima, taps)


def _stacked(parts: list[Tensor], taps: Tensor) -> Tensor:
    return torch.stack(parts, dim=2) if parts else taps[:, :, :0]


def range_windows_max(
    table: Windows, doc: Tensor, ranges: Tensor, cache: Cache | None = None, longest: int | None = None
) -> Tensor:
    """Return [M, C], the maximum over all windows of each range, including the window without a unit.

    Args:
        table: the windows of one kernel.
        doc: [M] int64, the sequence of each range.
        ranges: [M, 2] int64, exclusive ends; an empty range has only the window without a unit.
        cache: keeps what further calls on the same table can share.
        longest: see `range_max`.
    """
    length, size = table.inside.shape[1], table.first.shape[2] + 1
    start, end = ranges.unbind(1)
    width = end - start
    outside = table.outside.expand(len(doc), -1)
    # windows inside the range, by the unit that they end with
    whole = range_max(table.inside, doc, torch.stack([start + size - 1, end], dim=1), cache, longest)
    best = torch.where((width >= size).unsqueeze(1), torch.maximum(whole, outside), outside)
    if size == 1:
        return best
    # windows that an end cuts off: one row per end, one column per width up to k - 1
    column = width.clamp(1, size - 1) - 1
    row = doc * length + torch.stack([start, end - 1]).clamp(0, length - 1)
    cut = (
        part.flatten(0, 2).index_select(0, at * (size - 1) + column)
        for part, at in zip((table.first, table.last), row, strict=True)
    )
    return torch.where((width > 0).unsqueeze(1), torch.maximum(best, torch.maximum(*cut)), outside)
