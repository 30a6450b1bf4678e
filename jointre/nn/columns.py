"""Vectors that are kept in parts, each part as rows and which of them: side by side, or projected part by part."""

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from jointre.data.stages import Column


def side_by_side(columns: Sequence[Column]) -> Tensor:
    """[R, sum of the widths] the concatenation.

    Args:
        columns: of each part its rows [K, H] and [R] int64 which of them.
    """
    return torch.cat([rows.index_select(0, index) for rows, index in columns], dim=1)


def project(linear: nn.Linear, columns: Sequence[Column]) -> Tensor:
    """[R, O] ``linear(side_by_side(columns))``: each row is projected once, and what was projected is added up."""
    weights = linear.weight.split([rows.shape[1] for rows, _ in columns], dim=1)
    parts = [
        nn.functional.linear(rows, weight).index_select(0, index)
        for (rows, index), weight in zip(columns, weights, strict=True)
    ]
    total: Tensor = sum(parts, start=linear.bias)
    return total
