"""Exact pooling of many ranges over a batch of sequences, without a tensor of size ranges x length x width.

Maximum: a sparse table, O(L log L H) once and two gathers a range. Sum and mean: prefix sums in fp32.
Ranges are rows ``(start, end)`` with exclusive ends over the sequence of their document; an empty range
(``end <= start``) gives zeros.
"""

import torch
from torch import Tensor


def range_max(states: Tensor, doc: Tensor, ranges: Tensor) -> Tensor:
    """Element-wise maximum of ``states[doc, start:end]``.

    Args:
        states: [B, L, H] float. doc: [M] int64. ranges: [M, 2] int64.

    Returns:
        [M, H] in the dtype of ``states``. The gradient of a maximum that occurs several times is shared
        between two of its places at most.
    """
    length = ranges[:, 1] - ranges[:, 0]
    if doc.numel() == 0:
        return states.new_zeros(0, states.shape[2])
    level = torch.log2(length.clamp(min=1).double()).long()
    table = _levels(states, int(level.max()))
    n_units = states.shape[0] * states.shape[1]
    first = level * n_units + doc * states.shape[1] + ranges[:, 0].clamp(max=states.shape[1] - 1)
    last = first + (length - (1 << level)).clamp(min=0)
    pooled = torch.maximum(_rows(table, first), _rows(table, last))
    return pooled * (length > 0).unsqueeze(1)


def _levels(states: Tensor, top: int) -> Tensor:
    """[(top + 1) * B * L, H]: row j*B*L + b*L + t holds the maximum over units t to t + 2^j of document b."""
    table = [states]
    for j in range(top):
        half = 1 << j
        below = table[-1]
        table.append(torch.cat([torch.maximum(below[:, :-half], below[:, half:]), below[:, -half:]], dim=1))
    return torch.stack(table).reshape(-1, states.shape[2])


def _rows(table: Tensor, index: Tensor) -> Tensor:
    return table.index_select(0, index)


def range_sum(states: Tensor, doc: Tensor, ranges: Tensor) -> Tensor:
    """Sum of ``states[doc, start:end]``; arguments and result as in `range_max`. Accumulates in fp32 or better."""
    wide = states.to(torch.promote_types(states.dtype, torch.float32))
    prefix = torch.cat([wide.new_zeros(states.shape[0], 1, states.shape[2]), wide.cumsum(dim=1)], dim=1)
    flat = prefix.reshape(-1, states.shape[2])
    base = doc * prefix.shape[1]
    start = ranges[:, 0].clamp(max=states.shape[1])
    end = torch.maximum(ranges[:, 1], start)
    return (_rows(flat, base + end) - _rows(flat, base + start)).to(states.dtype)


def range_mean(states: Tensor, doc: Tensor, ranges: Tensor) -> Tensor:
    """Mean of ``states[doc, start:end]``; arguments and result as in `range_max`."""
    length = (ranges[:, 1] - ranges[:, 0]).clamp(min=1).unsqueeze(1)
    return range_sum(states, doc, ranges) / length.to(states.dtype)
