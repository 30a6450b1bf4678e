"""Poolers without parameters: maximum, sum, mean (SpERT, Table 3)."""

from torch import Tensor

from jointre.data.views import View
from jointre.nn.ranges import range_max, range_mean, range_sum
from jointre.poolers.base import Pooler
from jointre.registry import registry


@registry.poolers("jointre.max.v1")
class MaxPooler(Pooler):
    """Element-wise maximum over the range."""

    def forward(self, view: View, doc: Tensor, ranges: Tensor) -> Tensor:
        """[M, V]."""
        return range_max(view.states, doc, ranges)


@registry.poolers("jointre.sum.v1")
class SumPooler(Pooler):
    """Sum over the range."""

    def forward(self, view: View, doc: Tensor, ranges: Tensor) -> Tensor:
        """[M, V]."""
        return range_sum(view.states, doc, ranges)


@registry.poolers("jointre.mean.v1")
class MeanPooler(Pooler):
    """Mean over the range."""

    def forward(self, view: View, doc: Tensor, ranges: Tensor) -> Tensor:
        """[M, V]."""
        return range_mean(view.states, doc, ranges)
