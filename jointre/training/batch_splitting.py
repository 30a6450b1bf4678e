"""Batches that do not fit into memory, computed in parts whose gradients add up to that of the whole batch."""

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import TypeVar

import torch

from jointre.data.batch import Batch
from jointre.data.stages import LossTerm
from jointre.errors import TrainingError
from jointre.losses.base import Loss
from jointre.system import release_buffers
from jointre.training.explain_errors import memory_reason, out_of_memory
from jointre.training.loader import TrainingData
from jointre.training.state import RngState

R = TypeVar("R")


class Splitter:
    """Splits the batches of an update, and doubles the number of parts whenever memory is too small.

    Args:
        data: makes the parts of a batch.
        parts: number of parts of each batch. ``reason`` is why it was last doubled.
    """

    def __init__(self, data: TrainingData, parts: int = 1) -> None:
        self.data = data
        self.parts = parts
        self.reason = ""

    def attempt(
        self,
        batches: list[Batch],
        place: tuple[int, int],
        compute: Callable[[list[list[Batch]]], R],
        discard: Callable[[], None],
    ) -> R | None:
        """Return what ``compute`` returns for the batches in parts.

        If memory is too small, return None: the number of parts is then twice as large, and gradients and random
        numbers are as they were before, so the attempt can be repeated.

        Args:
            batches: of one update.
            place: epoch, and number of the first of these batches in it.
            compute: adds up gradients.
            discard: removes these gradients.

        Raises:
            TrainingError: a single document needs more memory than there is.
        """
        before = RngState.now()
        split = self._split(batches, place)
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

    def _split(self, batches: list[Batch], place: tuple[int, int]) -> list[list[Batch]]:
        if self.parts == 1:
            return [[batch] for batch in batches]
        epoch, first = place
        return [self.data.parts(epoch, first + number, self.parts) for number in range(len(batches))]

    def _double(self, split: list[list[Batch]]) -> None:
        if all(len(part) == 1 for parts in split for part in parts):
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
    losses: Mapping[str, Loss] = MappingProxyType({}),
) -> list[dict[str, float]]:
    """Return for each part and loss term the part's share of the units (`Loss.units`) of the whole batch.

    A loss is a mean over units, or a sum, whose share is 1. If the losses of the parts are weighted by these shares,
    their sum is the loss of the whole batch, and the same holds for gradients. Units are counted in an extra forward
    pass without gradients, which draws the same random numbers as the real one. A batch in one part needs no shares.
    Terms without a loss are counted in rows.
    """
    if len(parts) == 1:
        return [{}]
    devices = [torch.cuda.current_device()] if torch.cuda.is_available() else []
    with torch.no_grad(), torch.random.fork_rng(devices):
        rows = [
            {n: losses[n].units(t.group) if n in losses else len(t.group) for n, t in terms(part).items()}
            for part in parts
        ]
    total: dict[str, int] = {}
    for counts in rows:
        for name, count in counts.items():
            total[name] = total.get(name, 0) + (count or 0)
    return [
        {name: 1.0 if count is None else count / max(total[name], 1) for name, count in counts.items()}
        for counts in rows
    ]
