"""Compute the linear maps of a network in int8, for prediction on a CPU."""

import warnings
import weakref
from copy import deepcopy
from typing import TypeVar

import torch
from torch import Tensor, nn
from torch.ao.nn.quantized import dynamic as quantized

M = TypeVar("M", bound=nn.Module)
LARGE = 3.0
"""A row is large if its largest entry is more than so many times that of the median row."""


class LargeRows:
    """Finds the large rows of tensors, and remembers them, because query, key and value have the same input.

    It remembers one tensor, and only in inference mode, in which networks do not change the input of a map before they
    give it to the next one.
    """

    def __init__(self) -> None:
        self._last: tuple[weakref.ref[Tensor], Tensor] | None = None

    def of(self, rows: Tensor) -> Tensor:
        """Return the numbers of the large rows [L] int64 of ``rows`` [..., in], counted over all leading dims."""
        last = self._last  # read once, because several threads may predict
        if last is not None and last[0]() is rows:
            return last[1]
        flat = rows.reshape(-1, rows.shape[-1])
        size = torch.maximum(flat.amax(dim=1), flat.amin(dim=1).neg())
        large = (size > LARGE * size.median()).nonzero().squeeze(1)
        self._last = (weakref.ref(rows), large) if rows.is_inference() else None
        return large


class Int8Linear(quantized.Linear):
    """A linear map in int8 whose large inputs do not spoil the others.

    Encoders give a few pieces states many times as large as those of all others. With one scale for all rows, the
    others would have few of its steps; so these few rows are computed apart, with a scale of their own.
    """

    large_rows: LargeRows
    """Shared by all maps of a network."""

    def forward(self, rows: Tensor) -> Tensor:
        """Return [..., out] of ``rows`` [..., in], both float."""
        if rows.numel() == 0 or len(large := self.large_rows.of(rows)) == 0:
            return super().forward(rows)
        flat = rows.reshape(-1, rows.shape[-1]).contiguous()
        apart = flat.index_select(0, large)
        flat.index_fill_(0, large, 0.0)  # for a moment, because copying all rows would take longer
        try:
            result = super().forward(flat)
        finally:
            flat.index_copy_(0, large, apart)
        result.index_copy_(0, large, super().forward(apart))
        return result.reshape(*rows.shape[:-1], -1)


def use_int8(network: nn.Module) -> None:
    """Replace the linear maps of a network, in place, by ones in int8.

    Weights are rounded to int8 with one scale per output. Inputs are rounded to 7 bits, so that sums of products never
    overflow on any CPU, with one scale for large rows and one for the others (`Int8Linear`). Results therefore depend
    slightly on what else is in a batch.
    """
    with warnings.catch_warnings():
        # torch names another package that is to replace this, which is fast only if everything is compiled
        warnings.simplefilter("ignore")
        ways = {nn.Linear: torch.ao.quantization.per_channel_dynamic_qconfig}
        kinds = {nn.Linear: Int8Linear}
        torch.ao.quantization.quantize_dynamic(network, ways, mapping=kinds, inplace=True)
    large_rows = LargeRows()
    for module in network.modules():
        if isinstance(module, Int8Linear):
            module.large_rows = large_rows


def shared_copy(module: M) -> M:
    """Return a copy of a module whose parameters and buffers are those of the module itself."""
    shared = {id(tensor): tensor for tensor in (*module.parameters(), *module.buffers())}
    return deepcopy(module, shared)
