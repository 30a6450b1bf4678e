"""One update of a model from one or several batches: losses, gradients, the optimizer's step."""

from collections.abc import Iterator, Mapping
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
from jointre.training.explain_errors import explained
from jointre.training.loader import TrainingData

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
        super().__init__(model, settings.optimizer, settings.schedule, settings.clip, total, precision)
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

    def batch_groups(self, epoch: int, skip: int = 0) -> Iterator[list[Batch]]:
        """Iterate over the updates of an epoch; each item holds the batches of one update.

        Batches that are left over at the end of the epoch make one more update.

        Args:
            epoch: counted from 0.
            skip: number of updates of the epoch to leave out.
        """
        batches = self.data.epoch(epoch, skip * self.settings.accumulate)
        return iter(lambda: self._next(batches), [])

    def _next(self, batches: Iterator[Batch]) -> list[Batch]:
        with explained(REMEDY[self.settings.on_out_of_memory]):
            return list(islice(batches, self.settings.accumulate))

    def update(self, batches: list[Batch], place: tuple[int, int]) -> dict[str, Tensor] | None:
        """Make one update, and return the mean of each loss term, scalars on the device.

        With ``on_out_of_memory = "halve"``, return None if memory is too small. Nothing has changed then except
        that batches will be computed in twice as many parts, so the caller repeats the update.

        Args:
            batches: of the update.
            place: epoch, and number of the first of these batches in it, from which they can be made again in parts.

        Raises:
            TrainingError: a loss or a gradient is not finite; memory is too small; or an operation is not
                deterministic although only deterministic ones may be used.
            BuildError: the model has a loss term for which the config has no loss.
        """
        progress = self.begin(self.step / self.updates_per_epoch)
        with explained(REMEDY[self.settings.on_out_of_memory]), self.kernels():
            if self.settings.on_out_of_memory == "fail":
                losses = self._gradients([[batch] for batch in batches], progress)
            else:
                attempt = self.splitter.attempt(
                    batches, place, lambda parts: self._gradients(parts, progress), self.optimizer.zero_grad
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

    def _gradients(
        self, batches: list[list[Batch]], progress: Progress
    ) -> list[tuple[Batch, dict[str, Tensor]]]:
        """Add up gradients of the mean over ``batches``, each in one or several parts; return each part's losses."""
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
            raise BuildError("the model has loss terms for which the config has no loss", faults)
        return {name: self.settings.losses[name](t.logits, t.targets, t.group) for name, t in terms.items()}
