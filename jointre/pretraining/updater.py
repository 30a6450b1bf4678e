"""One update of a pre-training run: losses of all objectives, gradients, the optimizer's step."""

import time
from collections.abc import Iterator, Mapping, Sequence
from itertools import islice

import torch
from torch import Tensor, nn

from jointre.config.schema import PretrainingSettings, SystemSettings
from jointre.models.joint import JointModel
from jointre.objectives.base import Objective, Outcome
from jointre.pretraining.examples import PretrainingBatch
from jointre.pretraining.stream import Stream
from jointre.schedules.base import Progress
from jointre.training.base_updater import BaseUpdater
from jointre.training.explain_errors import explained
from jointre.training.processes import ALONE, Processes

REMEDY = "set a smaller pretraining.batch_size with pretraining.accumulate, or smaller max_pieces"


class Pretrained(nn.Module):
    """A model and the objectives with which it is pre-trained; all are built."""

    def __init__(self, model: JointModel, objectives: Mapping[str, Objective]) -> None:
        super().__init__()
        self.model = model
        self.objectives = nn.ModuleDict(objectives)

    @property
    def parts(self) -> Mapping[str, Sequence[str]]:
        """The parts of the model, for the optimizer's ``rates``."""
        return {
            name: [f"model.{prefix}" for prefix in prefixes] for name, prefixes in self.model.parts.items()
        }

    def forward(self, name: str, batch: PretrainingBatch) -> Outcome:
        """Compute the outcome of one objective on its examples in a batch."""
        outcome: Outcome = self.objectives[name](self.model, batch.examples[name])
        return outcome


class PretrainingUpdater(BaseUpdater[Pretrained]):
    """Updates a model and its objectives from a stream of batches.

    Gradients are computed for one objective at a time, so memory holds one at a time; they add up to the gradients of
    the weighted sum. ``waited`` is the time spent waiting for batches, in seconds.
    ``last`` is the number of the last update, which comes before ``total`` with ``stop_after``.

    Args:
        pretrained: on its device.
        stream: of batches.
        settings: `[pretraining]`.
        system: `[system]`.
        processes: share the batches of each update, and then sum their gradients.
    """

    def __init__(
        self,
        pretrained: Pretrained,
        stream: Stream,
        settings: PretrainingSettings,
        system: SystemSettings,
        processes: Processes = ALONE,
    ) -> None:
        super().__init__(
            pretrained,
            settings.optimizer,
            settings.schedule,
            settings.clip,
            settings.steps,
            system.precision,
            processes,
        )
        self.stream = stream
        self.settings = settings
        self.seed = system.seed
        self.waited = 0.0
        self.last = min(settings.stop_after or settings.steps, settings.steps)
        self.updates_per_epoch = stream.batches_per_epoch() / settings.accumulate

    def batches(self) -> Iterator[PretrainingBatch]:
        """Iterate over the batches from the next update on, without end."""
        first = self.step * self.settings.accumulate
        return self.stream.from_batch(first, self.processes.count, self.processes.number)

    def due(self, every: int) -> bool:
        """Return whether a task is due that is done every ``every`` updates (0: never) and after the last one."""
        return self.step == self.last or (every > 0 and self.step % every == 0)

    def update(self, batches: Iterator[PretrainingBatch]) -> tuple[dict[str, Tensor], int, int]:
        """Make one update.

        Returns:
            The loss of each objective and their weighted sum ``loss``, the number of documents, and the number of
            documents that were left out; each summed over all processes.

        Raises:
            TrainingError: a loss or a gradient is not finite; memory is too small; or an operation is not
                deterministic although only deterministic ones may be used.
        """
        self.model.train()
        self.processes.seed(self.seed, self.step)
        progress = self.begin(self.step / self.updates_per_epoch)
        with explained(REMEDY), self.kernels():
            taken = self._take(batches)
            losses, _ = self.processes.together(
                lambda: ([(batch, self._gradients(batch, progress)) for batch in taken], None)
            )
            self.processes.add_gradients(self.model.parameters())
            self.end(losses)
        names = (*self.model.objectives, "loss")
        sums = torch.stack([torch.stack([terms[name] for _, terms in losses]).sum() for name in names])
        sums = self.processes.add(sums)
        here = sum(len(batch.docs) for batch in taken), sum(batch.long for batch in taken)
        documents, long = self.processes.totals(*here)
        return dict(zip(names, sums.unbind(), strict=True)), documents, long

    def _take(self, batches: Iterator[PretrainingBatch]) -> list[PretrainingBatch]:
        begin = time.perf_counter()
        taken = list(islice(batches, self.settings.accumulate // self.processes.count))
        self.waited += time.perf_counter() - begin
        return taken

    def _gradients(self, batch: PretrainingBatch, progress: Progress) -> dict[str, Tensor]:
        batch = batch.to(self.device)
        zero = torch.zeros((), device=self.device)
        losses = dict.fromkeys((*self.model.objectives, "loss"), zero)
        share = 1 / self.settings.accumulate
        for name in batch.examples:
            with self.precision.autocast():
                loss = self.model(name, batch).loss * share
            weight = self.settings.weights.get(name)
            weighted = loss if weight is None else weight(progress) * loss
            self.precision.backward(weighted)
            losses[name] = loss.detach()
            losses["loss"] = losses["loss"] + weighted.detach()
        return losses
