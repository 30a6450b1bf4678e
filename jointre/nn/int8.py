"""Compute the linear maps of a network in int8, for prediction on a CPU."""

import warnings
from copy import deepcopy
from typing import TypeVar

import torch
from torch import nn

M = TypeVar("M", bound=nn.Module)


def use_int8(network: nn.Module) -> None:
    """Replace the linear maps of a network, in place, by ones in int8.

    Weights are rounded to int8 with one scale per output; inputs are rounded to 7 bits with one scale per call, so that
    sums of products never overflow on any CPU. Results therefore depend slightly on what else is in a batch.
    """
    with warnings.catch_warnings():
        # torch names another package that is to replace this, which is fast only if everything is compiled
        warnings.simplefilter("ignore")
        ways = {nn.Linear: torch.ao.quantization.per_channel_dynamic_qconfig}
        torch.ao.quantization.quantize_dynamic(network, ways, inplace=True)


def shared_copy(module: M) -> M:
    """Return a copy of a module whose parameters and buffers are those of the module itself."""
    shared = {id(tensor): tensor for tensor in (*module.parameters(), *module.buffers())}
    return deepcopy(module, shared)
