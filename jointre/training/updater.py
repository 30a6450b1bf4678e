"""The training loop: batches in, updates out."""

import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from itertools import islice
from math import ceil

import torch
from torch import Tensor

from jointre.config.schema import TrainingSettings
from jointre.data.batch import Batch
from jointre.data.progress import Progress
from jointre.data.stages import LossTerm
from jointre.errors import BuildError, Fault
from jointre.models.base import Model
from jointre.training.base_updater import BaseUpdater
from jointre.training.batch_splitting import Splitter, row_shares
from jointre.training.epoch_stats import EpochStats
from jointre.training.explain_errors import explained
from jointre.training.loader import TrainingData

REMEDY = {
    "fail": 'set training.on_out_of_memory = "halve", or a smaller training.batch_size with training.accumulate',
    "halve": "the optimizer found no room: take a smaller encoder",
}


class Updater(BaseUpdater):
    """Updates a model over a corpus. The loop itself waits for a GPU in nothing but the scaler of fp16.

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
        after_update: Callable[[int, EpochStats], None],
    ) -> None:
        self.updates_per_epoch = ceil(data.batches_per_epoch() / settings.accumulate)
        total = self.updates_per_epoch * settings.epochs
        super().__init__(model, settings.optimizer, settings.schedule, settings.clip, total, precision)
        self.data = data
        self.settings = settings
        self.after_update = after_update
        self.splitter = Splitter(data)

    @property
    def parts(self) -> int:
        """See `BaseUpdater.parts`."""
        return self.splitter.parts

    @parts.setter
    def parts(self, parts: int) -> None:
        self.splitter.parts = parts

    def epoch(self, number: int, figures: EpochStats | None = None) -> EpochStats:
        """All updates of epoch ``number``, counted from 0; batches left over at its end are one update, too.

        ``figures`` of an epoch that was begun before: what they count is not done again.
        """
        figures = figures or EpochStats(number)
        self.model.train()
        size = self.settings.accumulate
        batches = self.data.epoch(number, skip=figures.updates * size)
        begin = time.perf_counter()
        while group := self._next(batches, size):
            losses = self.update(group, (number, figures.updates * size))
            figures.add(losses, sum(len(batch) for batch in group))
            figures.seconds += time.perf_counter() - begin
            self.after_update(self.step, figures)
            begin = time.perf_counter()
        self.finite.drain()
        figures.seconds += time.perf_counter() - begin
        return figures

    def _next(self, batches: Iterator[Batch], size: int) -> list[Batch]:
        with explained(REMEDY[self.settings.on_out_of_memory]):
            return list(islice(batches, size))

    def update(self, batches: list[Batch], place: tuple[int, int]) -> dict[str, Tensor]:
        """One update from one or several batches; returns the mean loss of each term, scalars on the device.

        ``place``: the epoch, and the number of the first batch in it; batches too large for the memory are
        made anew from there, in parts.

        Raises:
            TrainingError: losses or gradients that are not finite; no memory; an operation that is not
                deterministic where only such are to be used.
        """
        progress = self.begin(self.step / self.updates_per_epoch)
        with explained(REMEDY[self.settings.on_out_of_memory]), self.kernels():
            if self.settings.on_out_of_memory == "fail":
                losses = self._gradients([[batch] for batch in batches], progress)
            else:
                losses = self.splitter.run(
                    batches,
                    place,
                    lambda parts: self._gradients(parts, progress),
                    self.optimizer.zero_grad,
                )
            self.end(losses)
        sums: dict[str, Tensor] = {}
        for _, terms in losses:
            for name, loss in terms.items():
                sums[name] = sums[name] + loss if name in sums else loss
        return sums

    def _gradients(
        self, batches: list[list[Batch]], progress: Progress
    ) -> list[tuple[Batch, dict[str, Tensor]]]:
        """Gradients of the mean over ``batches``, each in one part or several; the loss terms of each part."""
        losses = []
        for given in batches:
            parts = [replace(part, progress=progress) for part in given]
            shares = row_shares(parts, self._terms, self.settings.losses)
            for part, share in zip(parts, shares, strict=True):
                losses.append((part, self._backward(part, progress, 1 / len(batches), share)))
        return losses

    def _terms(self, batch: Batch) -> Mapping[str, LossTerm]:
        with self.accelerator.autocast():
            return self.model(batch.to(self.accelerator.device))

    def _backward(
        self, batch: Batch, progress: Progress, share: float, rows: Mapping[str, float]
    ) -> dict[str, Tensor]:
        losses = self._losses(self._terms(batch))
        losses = {name: loss * rows[name] if name in rows else loss for name, loss in losses.items()}
        weights = self.settings.loss_weights
        weighted = [weights[n](progress) * loss if n in weights else loss for n, loss in losses.items()]
        total = torch.stack(weighted).sum()
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
