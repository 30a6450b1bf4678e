"""The check that losses and gradients are finite, without waiting for a GPU."""

import math
from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

import torch
from torch import Tensor

from jointre.data.doc import Doc
from jointre.errors import TrainingError

LAG = 8
"""Number of updates after which the numbers of an update are read on a GPU."""


class HasDocs(Protocol):
    """A batch, whatever else it contains."""

    @property
    def docs(self) -> Sequence[Doc]: ...


@dataclass(frozen=True)
class _Update:
    number: int
    batches: list[tuple[str, list[str]]]
    norm: bool
    values: Tensor
    copied: torch.cuda.Event | None

    def report(self) -> str | None:
        """Return what is wrong with the update; None if everything is finite."""
        if self.copied is not None:
            self.copied.synchronize()
        values = iter(self.values.tolist())
        for docs, names in self.batches:
            losses = {name: next(values) for name in names}
            if not all(map(math.isfinite, losses.values())):
                terms = ", ".join(f"{name} {value:g}" for name, value in losses.items() if name != "loss")
                value = f"the loss is {losses['loss']} at update {self.number} ({terms})"
                return f"{value}, in the batch of: {docs}"
        if self.norm and not math.isfinite(norm := next(values)):
            docs = "; ".join(docs for docs, _ in self.batches)
            value = f"the gradients are not finite (their norm is {norm}) at update {self.number}"
            return f"{value}, though the loss is, in the batch of: {docs}"
        return None


class FiniteCheck:
    """Checks that the losses and the norm of the gradients of each update are finite.

    On a CPU, an update is checked before it changes a weight. On a GPU, the check never waits: the numbers are copied
    in the background and read ``LAG`` updates later, or when `drain` is called, which happens before the model is
    evaluated or saved. So nothing that was computed after a bad update is kept.

    Args:
        device: on which the model is.
        lag: number of updates to wait before numbers are read; by default 0 on a CPU, else ``LAG``.
    """

    def __init__(self, device: torch.device, lag: int | None = None) -> None:
        self.device = device
        self.lag = (0 if device.type == "cpu" else LAG) if lag is None else lag
        self._waiting: deque[_Update] = deque()

    def watch(
        self, number: int, losses: Sequence[tuple[HasDocs, Mapping[str, Tensor]]], norm: Tensor | None
    ) -> None:
        """Check update ``number``, counted from 1, now or ``lag`` updates later.

        Args:
            number: of the update.
            losses: each batch with its loss terms and their weighted sum ``loss``, fp32 scalars.
            norm: of all gradients, a scalar; None to check losses only.

        Raises:
            TrainingError: an update is not finite; its number, terms and documents.
        """
        batches = [(_names(batch), list(terms)) for batch, terms in losses]
        scalars = [value.detach() for _, terms in losses for value in terms.values()]
        host, copied = _to_host(torch.stack(scalars if norm is None else [*scalars, norm.detach()]))
        self._waiting.append(_Update(number, batches, norm is not None, host, copied))
        while len(self._waiting) > self.lag:
            self._read()

    def drain(self) -> None:
        """Check all updates that have not been checked yet.

        Raises:
            TrainingError: see `watch`.
        """
        while self._waiting:
            self._read()

    def _read(self) -> None:
        if report := self._waiting.popleft().report():
            self._waiting.clear()
            raise TrainingError(report)


def _names(batch: HasDocs) -> str:
    return ", ".join(doc.id or "a document without id" for doc in batch.docs)


def _to_host(values: Tensor) -> tuple[Tensor, torch.cuda.Event | None]:
    if values.device.type != "cuda":
        return values, None
    host = torch.empty(values.shape, dtype=values.dtype, pin_memory=True)
    host.copy_(values, non_blocking=True)
    copied = torch.cuda.Event()
    copied.record()
    return host, copied
