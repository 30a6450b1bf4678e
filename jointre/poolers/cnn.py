"""A convolution over the range and its maximum, optionally followed by a layer."""

from typing import Literal

import torch
from torch import Tensor, nn

from jointre.data.stages import View
from jointre.limits import LayerSize, ProperFraction
from jointre.nn.convolution import Windows, range_windows_max, windows
from jointre.nn.mlp import MLPBlock
from jointre.nn.ranges import Cache
from jointre.poolers.base import Pooler
from jointre.registry import registry

KERNELS = [2, 3, 4]


@registry.poolers("jointre.cnn.v1")
class CNNPooler(Pooler):
    """ENPAR's CNN with max-pooling and the MLP on it (ENPAR, Section 2.1).

    For each kernel of k taps, the range is read last unit first, with k zeros on both sides; the result is the maximum
    over windows of ``gelu(W_k x + b_k)``. The results of the kernels are concatenated, followed by dropout. With
    ``hidden``, ``Dropout(LayerNorm(gelu(W x + b)))`` follows.

    Every unit is projected once per tap, whatever the number of ranges, and ranges share windows
    (`jointre.nn.convolution`).

    Args:
        kernels: number of taps of each kernel, in the order of their results.
        filters: channels of each kernel.
        hidden: size of the layer on top; null for none.
        dropout: on the results of the kernels, and after the layer.
        empty: result of the kernels for an empty range: ``zeros``, as in the published fine-tuning; or ``bias``,
            ``gelu(b_k)``, as in the published pre-training.
    """

    def __init__(
        self,
        kernels: list[LayerSize] = KERNELS,
        filters: LayerSize = 100,
        hidden: LayerSize | None = None,
        dropout: ProperFraction = 0.1,
        empty: Literal["zeros", "bias"] = "zeros",
    ) -> None:
        super().__init__()
        if not kernels:
            raise ValueError("kernels must be one number or more")
        self.kernels = list(kernels)
        self.filters = filters
        self.hidden = hidden
        self.dropout = nn.Dropout(dropout)
        self.empty = empty
        self.empty_is_zero = hidden is None and empty == "zeros"

    def build(self, width: int) -> int:
        """Make ``convolutions`` with torch's initialisation (not N(0, 0.02)), and ``block``."""
        self.convolutions = nn.ModuleList(nn.Conv1d(width, self.filters, size) for size in self.kernels)
        pooled = self.filters * len(self.kernels)
        self.block = None if self.hidden is None else MLPBlock(pooled, self.hidden, self.dropout.p)
        return self.hidden or pooled

    def forward(self, view: View, doc: Tensor, ranges: Tensor) -> Tensor:
        """Return [M, hidden], or [M, kernels x filters]."""
        parts = [self._maxima(number, view, doc, ranges) for number in range(len(self.kernels))]
        pooled = torch.cat(parts, dim=1)
        if self.empty == "zeros":
            pooled = pooled.masked_fill((ranges[:, 1] <= ranges[:, 0]).unsqueeze(1), 0)
        pooled = self.dropout(pooled)
        return pooled if self.block is None else self.block(pooled)

    def _maxima(self, number: int, view: View, doc: Tensor, ranges: Tensor) -> Tensor:
        """Return the maxima [M, filters] of one kernel."""
        kept = self._kept(view)
        if number not in kept:
            layer = self.convolutions[number]
            assert isinstance(layer, nn.Conv1d) and layer.bias is not None
            kept[number] = windows(view.states, layer.weight.flip(2), layer.bias), {}
        table, cache = kept[number]
        return range_windows_max(table, doc, ranges, cache, view.longest(ranges))

    def _kept(self, view: View) -> dict[int, tuple[Windows, Cache]]:
        """Return what is kept with the view, by kernel; nothing with gradients, which need a new graph each time."""
        if torch.is_grad_enabled():
            return {}
        kept: dict[int, tuple[Windows, Cache]] = view.cache.setdefault(self, {})
        return kept
