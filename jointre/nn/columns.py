"""Vectors in parts, each part as rows and an index: concatenate them, or project them part by part."""

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from jointre.data.stages import Column


def side_by_side(columns: Sequence[Column]) -> Tensor:
    """Return the concatenation [R, sum of the widths].

    Args:
        columns: of each part its rows [K, H], and [R] int64 the row of each result.
    """
    return torch.cat([rows.index_select(0, index) for rows, index in columns], dim=1)


def project(linear: nn.Linear, columns: Sequence[Column]) -> Tensor:
    """Return ``linear(side_by_side(columns))`` [R, O], but project each row of each part only once."""
    weights = linear.weight.split([rows.shape[1] for rows, _ in columns], dim=1)
    parts = (
        nn.functional.linear(rows, weight).index_select(0, index)
        for (rows, index), weight in zip(columns, weights, strict=True)
    )
    total: Tensor = linear.bias + next(parts)  # under autocast the sum is fp32, and a part is not
    for part in parts:
        total += part
    return total
