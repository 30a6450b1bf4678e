"""One update of a model from one or several batches: losses, gradients, the optimizer's step."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from math import ceil

import torch
from torch import Tensor

from jointre.config.schema import TrainingSettings
from jointre.data.batch import Batch
from jointre.data.progress import Progress
from jointre.data.stages import LossTerm
from jointre.errors import BuildError, Fault
from jointre.models.base import Model
from jointre.training.base_updater import BaseUpdater, Losses
from jointre.training.batch_splitting import Splitter, row_shares
from jointre.training.explain_errors import explained
from jointre.training.loader import TrainingData, Work
from jointre.training.shared_gradients import shared_gradients

REMEDY = {
    "fail": 'set training.on_out_of_memory = "halve", or a smaller training.batch_size with training.accumulate',
    "halve": "the optimizer needs more memory than there is: choose a smaller encoder",
}


class Updater(BaseUpdater[Model]):
    """Updates a model from the batches of a corpus.

    Args:
        model: built and on its device.
        data: the tokenised corpus.
        settings: `[training]`.
        precision: fp32, bf16 or fp16.
    """

    def __init__(self, model: Model, data: TrainingData, settings: TrainingSettings, precision: str) -> None:
        self.updates_per_epoch = ceil(data.batches_per_epoch() / settings.accumulate)
        total = self.updates_per_epoch * settings.epochs
        super().__init__(
            model, settings.optimizer, settings.schedule, settings.clip, total, precision, data.processes
        )
        self.data = data
        self.settings = settings
        self.splitter = Splitter(data)

    @property
    def parts(self) -> int:
        """Number of parts in which each batch is computed; see `BaseUpdater.parts`."""
        return self.splitter.parts

    @parts.setter
    def parts(self, parts: int) -> None:
        self.splitter.parts = parts

    def batch_groups(self, epoch: int, skip: int = 0) -> Iterator[Work]:
        """Iterate over the updates of an epoch: what this process computes of them; see `TrainingData.updates`.

        Args:
            epoch: counted from 0.
            skip: number of updates of the epoch to leave out.
        """
        updates = self.data.updates(epoch, self.settings.accumulate, skip)
        while True:
            with explained(REMEDY[self.settings.on_out_of_memory]):
                work = next(updates, None)
            if work is None:
                return
            yield work

    def update(self, work: Work) -> dict[str, Tensor] | None:
        """Make one update, and return the mean of each loss term, scalars on the device.

        Several processes make it together; the losses are those of the whole batches.

        With ``on_out_of_memory = "halve"``, return None if memory is too small. Nothing has changed then except
        that batches will be computed in twice as many parts, so the caller repeats the update.

        Args:
            work: what this process computes of the update.

        Raises:
            TrainingError: a loss or a gradient is not finite; memory is too small; or an operation is not
                deterministic although only deterministic ones may be used.
            BuildError: the model has a loss term for which the config has no loss.
        """
        progress = self.begin(self.step / self.updates_per_epoch)
        self.processes.seed(self.data.seed, self.step)
        with explained(REMEDY[self.settings.on_out_of_memory]), self.kernels():
            if self.settings.on_out_of_memory == "fail":
                losses = self._gradients(work, self.splitter.split(work), progress)
            else:
                attempt = self.splitter.attempt(
                    work, lambda parts: self._gradients(work, parts, progress), self.optimizer.zero_grad
                )
                if attempt is None:
                    return None
                losses = attempt
            self.end(losses)
        sums: dict[str, Tensor] = {}
        for _, terms in losses:
            for name, loss in terms.items():
                sums[name] = sums[name] + loss if name in sums else loss
        return sums

    def _gradients(self, work: Work, turns: list[list[Batch]], progress: Progress) -> list[Losses]:
        """Add up gradients of the mean over the batches of an update; return losses with their documents.

        Args:
            work: what this process computes of the update.
            turns: the same, each batch in one or several parts.
            progress: of the run.
        """
        turns = [[replace(part, progress=progress) for part in parts] for parts in turns]
        if self.processes.count > 1:
            return shared_gradients(self, work, turns, progress)
        losses: list[Losses] = []
        for parts in turns:
            shares = row_shares(parts, self.terms, self.settings.losses)
            for part, share in zip(parts, shares, strict=True):
                losses.append((part, self.backward(self.terms(part), progress, 1 / len(turns), share)))
        return losses

    def terms(self, batch: Batch) -> Mapping[str, LossTerm]:
        """Return the loss terms of the model for a batch."""
        with self.precision.autocast():
            return self.model(batch.to(self.device))

    def backward(
        self, terms: Mapping[str, LossTerm], progress: Progress, share: float, rows: Mapping[str, float]
    ) -> dict[str, Tensor]:
        """Add the gradients of a batch or a part of it, and return its losses and their weighted sum ``loss``.

        Args:
            terms: of the batch.
            progress: of the run.
            share: of the batch in the update.
            rows: by term, the share of the part in the batch.
        """
        losses = self._losses(terms)
        losses = {name: loss * rows[name] if name in rows else loss for name, loss in losses.items()}
        weights = self.settings.loss_weights
        weighted = [weights[n](progress) * loss if n in weights else loss for n, loss in losses.items()]
        total = torch.stack(weighted).sum()
        self.precision.backward(total * share)
        return {name: loss.detach() * share for name, loss in {**losses, "loss": total}.items()}

    def _losses(self, terms: Mapping[str, LossTerm]) -> dict[str, Tensor]:
        missing = [name for name in terms if name not in self.settings.losses]
        if missing:
            faults = [
                Fault(f"no loss for the term {name!r}", f"[training.losses.{name}]") for name in missing
            ]
            raise BuildError("the model has loss terms for which the config has no loss", faults)
        return {name: self.settings.losses[name](t.logits, t.targets, t.group) for name, t in terms.items()}
