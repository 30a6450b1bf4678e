"""What every update consists of: learning rates, clipping, the check for finite numbers, the optimizer's step."""

from collections.abc import Iterable, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from typing import Generic, TypeVar

import torch
from torch import Tensor, nn
from torch.nn.attention import SDPBackend, sdpa_kernel
from torch.nn.utils import clip_grads_with_norm_, get_total_norm

from jointre.data.progress import Progress
from jointre.optimizers.base import OptimizerSpec
from jointre.schedules.base import Schedule
from jointre.training.finite_check import FiniteCheck, HasDocs
from jointre.training.precision import MixedPrecision
from jointre.training.processes import ALONE, Processes

Losses = tuple[HasDocs, Mapping[str, Tensor]]
"""A batch, and its loss terms with their weighted sum ``loss``."""


@torch.no_grad()
def clip_(parameters: Iterable[nn.Parameter], largest: float | None) -> Tensor:
    """Scale the gradients in place so that their norm is at most ``largest``; return the norm before, a scalar.

    The result is that of ``torch.nn.utils.clip_grad_norm_``, bit for bit. If there is nothing to clip on a CPU, this
    function saves a pass over all gradients, which would multiply them by 1. None turns clipping off. Sparse gradients
    of a vocabulary are coalesced; their other rows are zeros, which no norm sees.
    """
    held = [_with_dense_gradient(parameter) for parameter in parameters if parameter.grad is not None]
    norm = get_total_norm([parameter.grad for parameter in held if parameter.grad is not None])
    if largest is None or (norm.device.type == "cpu" and largest / (float(norm) + 1e-6) >= 1.001):
        return norm
    clip_grads_with_norm_(held, largest, norm)
    return norm


def _with_dense_gradient(parameter: nn.Parameter) -> nn.Parameter:
    """Return the parameter, or one that has the rows of its sparse gradient as its gradient, and shares them."""
    if parameter.grad is None or not parameter.grad.is_sparse:
        return parameter
    parameter.grad = parameter.grad.coalesce()
    rows = nn.Parameter(parameter.grad.values())
    rows.grad = rows.data
    return rows


M = TypeVar("M", bound=nn.Module)


class BaseUpdater(Generic[M]):
    """The updates of training and pre-training. A subclass computes gradients between `begin` and `end`.

    Args:
        model: built and on its device.
        optimizer: makes the optimizer.
        schedule: factor on the learning rates.
        clip: maximum norm of all gradients together; None for no limit.
        total: number of updates of the whole run.
        precision: fp32, bf16 or fp16.
        processes: make the updates together; then their gradients are those of all of them.
    """

    parts: int = 1
    """Number of parts in which each batch is computed, because memory is too small for the whole."""

    def __init__(
        self,
        model: M,
        optimizer: OptimizerSpec,
        schedule: Schedule,
        clip: float | None,
        total: int,
        precision: str,
        processes: Processes = ALONE,
    ) -> None:
        self.device = next(model.parameters()).device
        self.precision = MixedPrecision(self.device, precision)
        self.processes = processes
        self.model = model
        self.schedule = schedule
        self.clip = clip
        self.total = total
        self.optimizer = optimizer.create(model)
        self.rates = [group["lr"] for group in self.optimizer.param_groups]
        self.step = 0
        self.finite = FiniteCheck(self.device)

    def kernels(self) -> AbstractContextManager[None]:
        """Return a context that chooses the kernels of an update, forward and backward.

        On a CPU in bf16, the backward pass of torch's flash attention takes three to ten times as long as that of
        plain matrix products, so these are chosen there.
        """
        slow = self.device.type == "cpu" and self.precision.precision == "bf16"
        return sdpa_kernel(SDPBackend.MATH) if slow else nullcontext()

    def begin(self, epoch: float) -> Progress:
        """Set the learning rates of the next update. ``epoch`` is the number of epochs made, with its fraction."""
        progress = Progress(self.step, self.total, epoch)
        factor = self.schedule(progress)
        for group, rate in zip(self.optimizer.param_groups, self.rates, strict=True):
            group["lr"] = rate * factor
        return progress

    def end(self, losses: Sequence[Losses]) -> None:
        """Clip the gradients, check that all numbers are finite, and let the optimizer make its step.

        The scaler of fp16 handles gradients that are not finite by itself.

        Raises:
            TrainingError: see `FiniteCheck.watch`.
        """
        self.precision.unscale(self.optimizer)
        scaled = self.precision.scaler is not None
        norm = None
        if self.clip is not None or not scaled:
            norm = clip_(self.model.parameters(), self.clip)
        self.finite.watch(self.step + 1, losses, None if scaled else norm)
        self.precision.step(self.optimizer)
        self.optimizer.zero_grad(set_to_none=True)
        self.step += 1
