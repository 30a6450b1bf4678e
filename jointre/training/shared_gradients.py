"""The gradients of an update that several processes compute together, each from its documents."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import torch
from torch import Tensor

from jointre.data.batch import Batch
from jointre.data.progress import Progress
from jointre.data.stages import LossTerm
from jointre.training.base_updater import Losses
from jointre.training.batch_splitting import Units, count_units, shares, total_units, units_of
from jointre.training.loader import Work

if TYPE_CHECKING:
    from jointre.training.updater import Updater

Terms = Mapping[str, LossTerm]


def shared_gradients(
    updater: "Updater", work: Work, turns: Sequence[Sequence[Batch]], progress: Progress
) -> list[Losses]:
    """Add up the gradients of an update over all processes; return the losses of each batch with all its documents.

    Gradients and losses are the same in all processes afterwards. They are those of one process, because the losses of
    each part are weighted by its share of its batch, as those of a batch that is split.

    Args:
        updater: of this process.
        work: what this process computes of the update.
        turns: the same, in parts: several if memory is small, none if there is nothing to do in a turn.
        progress: of the run.
    """
    computed = _Turns(updater, progress, 1 / len(work.batches))
    for turn, parts in zip(work.turns, turns, strict=True):
        computed.add(turn.batch, parts)
    updater.processes.add_gradients(updater.model.parameters())
    return [(batch, computed.losses(number)) for number, batch in enumerate(work.batches)]


class _Turns:
    """The turns of an update, of which all processes take one at the same time."""

    def __init__(self, updater: "Updater", progress: Progress, share: float) -> None:
        self.updater, self.progress, self.share = updater, progress, share
        self.names: dict[int, list[str]] = {}
        self.sums: dict[int, dict[str, Tensor]] = {}

    def add(self, batch: int, parts: Sequence[Batch]) -> None:
        """Add the gradients of a turn: parts of one batch."""
        processes = self.updater.processes
        (terms, counts), found = processes.together(lambda: self._counted(batch, parts))
        counted: dict[int, list[Units]] = {}
        for number, units in found:
            counted.setdefault(number, []).extend(units)
        totals = {number: total_units(units) for number, units in counted.items() if units}
        self.names |= {number: [*total, "loss"] for number, total in totals.items()}
        rows = shares(counts, totals.get(batch, {}))
        self.sums[batch], _ = processes.together(lambda: (self._backward(parts, terms, rows), None))

    def _counted(
        self, batch: int, parts: Sequence[Batch]
    ) -> tuple[tuple[list[Terms], list[Units]], tuple[int, list[Units]]]:
        """Count the units of each part. The terms of a single part are kept with their graph."""
        updater, losses = self.updater, self.updater.settings.losses
        if len(parts) > 1:
            counts = count_units(parts, updater.terms, losses)
            return ([], counts), (batch, counts)
        terms = [updater.terms(part) for part in parts]
        counts = [units_of(each, losses) for each in terms]
        return (terms, counts), (batch, counts)

    def _backward(
        self, parts: Sequence[Batch], terms: list[Terms], rows: Sequence[Mapping[str, float]]
    ) -> dict[str, Tensor]:
        """Add the gradients of each part; return the losses of all of them."""
        sums: dict[str, Tensor] = {}
        for part, shares_of_part in zip(parts, rows, strict=True):
            own = terms.pop() if terms else self.updater.terms(part)
            losses = self.updater.backward(own, self.progress, self.share, shares_of_part)
            sums |= {name: sums[name] + loss if name in sums else loss for name, loss in losses.items()}
        return sums

    def losses(self, batch: int) -> dict[str, Tensor]:
        """Return the losses of a batch, summed over all processes."""
        names, here = self.names[batch], self.sums.get(batch, {})
        zero = torch.zeros((), device=self.updater.device)
        summed = self.updater.processes.add(torch.stack([here.get(name, zero).float() for name in names]))
        return dict(zip(names, summed.unbind(), strict=True))
