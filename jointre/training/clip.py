"""The norm of all gradients, and clipping by it."""

from collections.abc import Iterable

import torch
from torch import Tensor, nn
from torch.nn.utils import clip_grads_with_norm_, get_total_norm


@torch.no_grad()
def clip_(parameters: Iterable[nn.Parameter], largest: float | None) -> Tensor:
    """Scale the gradients in place so that their norm is at most ``largest``; returns the norm before, a scalar.

    To the bit what ``torch.nn.utils.clip_grad_norm_`` does, less a pass over all gradients where, on a CPU,
    there is nothing to clip and it would multiply them by 1. None does not clip.
    """
    held = [parameter for parameter in parameters if parameter.grad is not None]
    norm = get_total_norm([parameter.grad for parameter in held if parameter.grad is not None])
    if largest is None or (norm.device.type == "cpu" and largest / (float(norm) + 1e-6) >= 1.001):
        return norm
    clip_grads_with_norm_(held, largest, norm)
    return norm
