"""Mixed precision: the number format of the forward pass, and the scaler that fp16 needs."""

from contextlib import AbstractContextManager

import torch
from torch import Tensor
from torch.amp import GradScaler
from torch.optim import Optimizer

from jointre.predict import autocast


class MixedPrecision:
    """Computes forward passes in one number format, while weights and gradients stay in fp32.

    Args:
        device: of the model.
        precision: fp32, bf16 or fp16. ``scaler`` is None except with fp16, whose gradients it keeps in range.
    """

    def __init__(self, device: torch.device, precision: str) -> None:
        self.device = device
        self.precision = precision
        self.scaler = GradScaler(device.type) if precision == "fp16" else None

    def autocast(self) -> AbstractContextManager[object]:
        """Return the context for a forward pass."""
        return autocast(self.device, self.precision)

    def backward(self, loss: Tensor) -> None:
        """Add the gradients of a loss, scaled with fp16."""
        (loss if self.scaler is None else self.scaler.scale(loss)).backward()

    def unscale(self, optimizer: Optimizer) -> None:
        """Give the gradients their true size before they are read."""
        if self.scaler is not None:
            self.scaler.unscale_(optimizer)

    def step(self, optimizer: Optimizer) -> None:
        """Let the optimizer make its step, unless gradients in fp16 have overflowed."""
        if self.scaler is None:
            optimizer.step()
        else:
            self.scaler.step(optimizer)
            self.scaler.update()
