"""Batches of which parts are computed one after the other, or in several processes, with the gradient of the whole.

A batch that does not fit into memory is computed in smaller parts; several processes compute a part each.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from types import MappingProxyType
from typing import TypeVar

import torch

from jointre.data.batch import Batch
from jointre.data.stages import LossTerm
from jointre.errors import TrainingError
from jointre.losses.base import Loss
from jointre.system import release_buffers
from jointre.training.explain_errors import memory_reason, out_of_memory
from jointre.training.loader import TrainingData, Work
from jointre.training.state import RngState

R = TypeVar("R")
Units = Mapping[str, int | None]
"""By loss term, the number of things that its loss is a mean of in some documents; None for a sum (`Loss.units`)."""
NO_LOSSES: Mapping[str, Loss] = MappingProxyType({})


class Splitter:
    """Splits what this process computes of an update, and doubles the number of parts whenever memory is too small.

    Args:
        data: makes the parts of a batch.
        parts: number of parts of each batch. ``reason`` is why it was last doubled.
    """

    def __init__(self, data: TrainingData, parts: int = 1) -> None:
        self.data = data
        self.parts = parts
        self.reason = ""

    def attempt(
        self, work: Work, compute: Callable[[list[list[Batch]]], R], discard: Callable[[], None]
    ) -> R | None:
        """Return what ``compute`` returns for the parts of each turn.

        If memory is too small, in this process or another, return None: the number of parts is then twice as large,
        and gradients and random numbers are as they were before, so the attempt can be repeated.

        Args:
            work: what this process computes of the update.
            compute: adds up gradients.
            discard: removes these gradients.

        Raises:
            TrainingError: a single document needs more memory than there is.
        """
        before = RngState.now()
        split = self.split(work)
        try:
            return compute(split)
        except (RuntimeError, MemoryError) as error:
            if not out_of_memory(error):
                raise
            self.reason = memory_reason(error)
        # Memory is free only here: the error is gone, and with it the frames that hold activations.
        discard()
        release_buffers()
        self._double(split)
        before.set()
        return None

    def split(self, work: Work) -> list[list[Batch]]:
        """Return what is to be computed in each turn, in parts."""
        if self.parts == 1:
            return [[] if part is None else [part] for part in work.parts]
        return [self.data.split(work.epoch, turn.rows, self.parts) for turn in work.turns]

    def _double(self, split: list[list[Batch]]) -> None:
        (divisible,) = self.data.processes.any(any(len(part) > 1 for parts in split for part in parts))
        if not divisible:
            docs = [doc for parts in split for part in parts for doc in part.docs]
            names = ", ".join(doc.id or "a document without id" for doc in docs)
            what = (
                f"out of memory even with one document at a time: {self.reason}; the documents are: {names}"
            )
            raise TrainingError(what, "choose a smaller encoder or shorter documents")
        self.parts *= 2


def row_shares(
    parts: list[Batch],
    terms: Callable[[Batch], Mapping[str, LossTerm]],
    losses: Mapping[str, Loss] = NO_LOSSES,
) -> list[dict[str, float]]:
    """Return for each part and loss term the part's share of the units (`Loss.units`) of the whole batch.

    A loss is a mean over units, or a sum, whose share is 1. If the losses of the parts are weighted by these shares,
    their sum is the loss of the whole batch, and the same holds for gradients. A batch in one part needs no shares.
    """
    if len(parts) == 1:
        return [{}]
    counts = count_units(parts, terms, losses)
    return shares(counts, total_units(counts))


def count_units(
    parts: Iterable[Batch],
    terms: Callable[[Batch], Mapping[str, LossTerm]],
    losses: Mapping[str, Loss] = NO_LOSSES,
) -> list[Units]:
    """Count the units of each part in an extra forward pass, which draws the same random numbers as the real one."""
    devices = [torch.cuda.current_device()] if torch.cuda.is_available() else []
    with torch.no_grad(), torch.random.fork_rng(devices):
        return [units_of(terms(part), losses) for part in parts]


def units_of(terms: Mapping[str, LossTerm], losses: Mapping[str, Loss] = NO_LOSSES) -> Units:
    """Return the units of each term. Terms without a loss are counted in rows."""
    return {n: losses[n].units(t.group) if n in losses else len(t.group) for n, t in terms.items()}


def total_units(counts: Iterable[Units]) -> dict[str, int]:
    """Return the units of a batch from those of all its parts."""
    total: dict[str, int] = {}
    for units in counts:
        for name, count in units.items():
            total[name] = total.get(name, 0) + (count or 0)
    return total


def shares(counts: Sequence[Units], total: Mapping[str, int]) -> list[dict[str, float]]:
    """Return for each part the share of each term in the units of the whole batch; that of a sum is 1."""
    return [
        {name: 1.0 if count is None else count / max(total[name], 1) for name, count in units.items()}
        for units in counts
    ]
