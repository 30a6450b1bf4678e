"""Poolers without parameters: maximum, sum, mean (SpERT, Table 3); the first and the last unit, or both."""

import torch
from torch import Tensor

from jointre.data.stages import View
from jointre.nn.ranges import range_max, range_mean, range_sum
from jointre.poolers.base import Pooler
from jointre.registry import registry


@registry.poolers("jointre.max.v1")
class MaxPooler(Pooler):
    """Element-wise maximum over the range."""

    def forward(self, view: View, doc: Tensor, ranges: Tensor) -> Tensor:
        """Return [M, V]."""
        return range_max(view.states, doc, ranges, view.cache, view.longest(ranges))


@registry.poolers("jointre.sum.v1")
class SumPooler(Pooler):
    """Sum over the range."""

    def forward(self, view: View, doc: Tensor, ranges: Tensor) -> Tensor:
        """Return [M, V]."""
        return range_sum(view.states, doc, ranges, view.cache)


@registry.poolers("jointre.mean.v1")
class MeanPooler(Pooler):
    """Mean over the range."""

    def forward(self, view: View, doc: Tensor, ranges: Tensor) -> Tensor:
        """Return [M, V]."""
        return range_mean(view.states, doc, ranges, view.cache)


@registry.poolers("jointre.first.v1")
class FirstPooler(Pooler):
    """State of the first unit of the range."""

    def forward(self, view: View, doc: Tensor, ranges: Tensor) -> Tensor:
        """Return [M, V]."""
        return _states_at(view, doc, ranges, ranges[:, 0])


@registry.poolers("jointre.last.v1")
class LastPooler(Pooler):
    """State of the last unit of the range."""

    def forward(self, view: View, doc: Tensor, ranges: Tensor) -> Tensor:
        """Return [M, V]."""
        return _states_at(view, doc, ranges, ranges[:, 1] - 1)


@registry.poolers("jointre.endpoints.v1")
class EndpointsPooler(Pooler):
    """States of the first and the last unit of the range, concatenated (PURE, Section 3.2)."""

    def build(self, width: int) -> int:
        """Return twice the width."""
        return 2 * width

    def forward(self, view: View, doc: Tensor, ranges: Tensor) -> Tensor:
        """Return [M, 2V]."""
        ends = (ranges[:, 0], ranges[:, 1] - 1)
        return torch.cat([_states_at(view, doc, ranges, unit) for unit in ends], dim=1)


def _states_at(view: View, doc: Tensor, ranges: Tensor, unit: Tensor) -> Tensor:
    """Return [M, V], the state of one unit per range; zeros where the range is empty."""
    length, width = view.states.shape[1:]
    rows = doc * length + unit.clamp(0, length - 1)
    states = view.states.reshape(-1, width).index_select(0, rows)
    return states * (ranges[:, 1] > ranges[:, 0]).unsqueeze(1)
