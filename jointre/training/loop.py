"""The training loop: batches in, updates out."""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from itertools import islice
from math import ceil

import torch
from accelerate import Accelerator
from accelerate.state import AcceleratorState
from torch import Tensor

from jointre.config.schema import TrainingSettings
from jointre.data.batch import Batch
from jointre.data.views import LossTerm
from jointre.errors import BuildError, Fault, TrainingError
from jointre.models.base import Model
from jointre.schedules.base import Progress
from jointre.training.loader import TrainingData


@dataclass
class EpochFigures:
    """Sums over the updates of an epoch: mean losses by term, documents, seconds."""

    epoch: int
    updates: int = 0
    documents: int = 0
    seconds: float = 0.0
    sums: dict[str, float] = field(default_factory=dict)

    def add(self, losses: Mapping[str, float], documents: int) -> None:
        """Count one update."""
        self.updates += 1
        self.documents += documents
        for name, value in losses.items():
            self.sums[name] = self.sums.get(name, 0.0) + value

    def means(self) -> dict[str, float]:
        """Mean of each loss over the updates."""
        return {name: value / max(self.updates, 1) for name, value in self.sums.items()}

    @property
    def speed(self) -> float:
        """Documents a second."""
        return self.documents / max(self.seconds, 1e-9)


def make_accelerator(device: torch.device, precision: str) -> Accelerator:
    """An Accelerator for this device and precision; accelerate remembers the first of a process, so forget it."""
    AcceleratorState._reset_state(reset_partial_state=True)
    mixed = {"fp32": "no"}.get(precision, precision)
    return Accelerator(mixed_precision=mixed, cpu=device.type == "cpu")


class Loop:
    """Updates a model over a corpus.

    Args:
        model: built and on its device.
        data: the tokenised corpus.
        settings: `[training]`.
        precision: fp32, bf16 or fp16.
        after_update: called with the update's number and the epoch's figures.
    """

    def __init__(
        self,
        model: Model,
        data: TrainingData,
        settings: TrainingSettings,
        precision: str,
        after_update: Callable[[int, EpochFigures], None],
    ) -> None:
        self.accelerator = make_accelerator(next(model.parameters()).device, precision)
        self.model = model
        self.data = data
        self.settings = settings
        self.after_update = after_update
        self.optimizer = self.accelerator.prepare(settings.optimizer.create(model))
        self.rates = [group["lr"] for group in self.optimizer.param_groups]
        self.updates_per_epoch = ceil(data.batches_per_epoch() / settings.accumulate)
        self.total = self.updates_per_epoch * settings.epochs
        self.step = 0

    def epoch(self, number: int) -> EpochFigures:
        """All updates of epoch ``number``, counted from 0; batches left over at its end are one update, too."""
        figures = EpochFigures(number)
        begin = time.perf_counter()
        self.model.train()
        batches = self.data.epoch(number)
        while group := list(islice(batches, self.settings.accumulate)):
            figures.add(self.update(group), sum(len(batch) for batch in group))
            figures.seconds = time.perf_counter() - begin
            self.after_update(self.step, figures)
        return figures

    def update(self, batches: list[Batch]) -> dict[str, float]:
        """One update from one or several batches; returns the mean loss of each term."""
        progress = Progress(self.step, self.total, self.step / self.updates_per_epoch)
        factor = self.settings.schedule(progress)
        for group, rate in zip(self.optimizer.param_groups, self.rates, strict=True):
            group["lr"] = rate * factor
        sums: dict[str, Tensor] = {}
        for batch in batches:
            for name, loss in self._backward(batch, progress, 1 / len(batches)).items():
                sums[name] = sums.get(name, torch.zeros_like(loss)) + loss
        if self.settings.clip is not None:
            self.accelerator.clip_grad_norm_(self.model.parameters(), self.settings.clip)
        self.optimizer.step()
        self.optimizer.zero_grad(set_to_none=True)
        self.step += 1
        return {name: float(value) for name, value in sums.items()}

    def _backward(self, batch: Batch, progress: Progress, share: float) -> dict[str, Tensor]:
        with self.accelerator.autocast():
            terms = self.model(batch.to(self.accelerator.device))
        losses = self._losses(terms)
        weights = self.settings.loss_weights
        weighted = [weights[n](progress) * loss if n in weights else loss for n, loss in losses.items()]
        total = torch.stack(weighted).sum()
        if not torch.isfinite(total):
            names = ", ".join(doc.id or "a document without id" for doc in batch.docs)
            value = f"the loss is {float(total.detach())} at update {self.step + 1}"
            raise TrainingError(f"{value}, in the batch of: {names}")
        self.accelerator.backward(total * share)
        return {name: loss.detach() * share for name, loss in {**losses, "loss": total}.items()}

    def _losses(self, terms: Mapping[str, LossTerm]) -> dict[str, Tensor]:
        missing = [name for name in terms if name not in self.settings.losses]
        if missing:
            faults = [
                Fault(f"no loss for the term {name!r}", f"[training.losses.{name}]") for name in missing
            ]
            raise BuildError("the model has loss terms that the config gives no loss", faults)
        return {name: self.settings.losses[name](t.logits, t.targets, t.group) for name, t in terms.items()}
