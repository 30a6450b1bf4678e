"""Batches that do not fit into memory, computed in parts whose gradients add up to that of the whole."""

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import TypeVar

import torch

from jointre.data.batch import Batch
from jointre.data.stages import LossTerm
from jointre.errors import TrainingError
from jointre.losses.base import Loss
from jointre.system import release_buffers
from jointre.training.explain_errors import out_of_memory
from jointre.training.loader import TrainingData
from jointre.training.state import RngState

R = TypeVar("R")


class Splitter:
    """Repeats an update that is too large for the memory with twice as many parts; they stay from then on.

    Args:
        data: makes the parts of a batch.
        parts: into how many each batch is split.
        notify: called with the new number of parts and torch's reason.
    """

    def __init__(self, data: TrainingData, parts: int = 1) -> None:
        self.data = data
        self.parts = parts
        self.notify: Callable[[int, str], None] = lambda parts, reason: None

    def run(
        self,
        batches: list[Batch],
        place: tuple[int, int],
        compute: Callable[[list[list[Batch]]], R],
        forget: Callable[[], None],
    ) -> R:
        """What ``compute`` returns for the batches in parts.

        Args:
            place: epoch, and number of the first of the batches in it.
            compute: adds up gradients.
            forget: drops them.

        Raises:
            TrainingError: there is no memory for a single document.
        """
        before = RngState.now()
        while True:
            parts = self._split(batches, place)
            try:
                return compute(parts)
            except (RuntimeError, MemoryError) as error:
                if not out_of_memory(error):
                    raise
                reason = (str(error).strip() or "no memory is left").splitlines()[0]
            # Only here, when the error and with it the frames that hold activations are gone, is memory free.
            forget()
            release_buffers()
            self._halve(parts, reason)
            before.set()

    def _split(self, batches: list[Batch], place: tuple[int, int]) -> list[list[Batch]]:
        if self.parts == 1:
            return [[batch] for batch in batches]
        epoch, first = place
        return [self.data.parts(epoch, first + number, self.parts) for number in range(len(batches))]

    def _halve(self, batches: list[list[Batch]], reason: str) -> None:
        if all(len(part) == 1 for parts in batches for part in parts):
            names = ", ".join(doc.id or "a document without id" for b in batches for p in b for doc in p.docs)
            what = f"out of memory even with one document at a time: {reason}; the documents are: {names}"
            raise TrainingError(f"{what}\n  -> take a smaller encoder or shorter documents")
        self.parts *= 2
        self.notify(self.parts, reason)


def row_shares(
    parts: list[Batch],
    terms: Callable[[Batch], Mapping[str, LossTerm]],
    losses: Mapping[str, Loss] = MappingProxyType({}),
) -> list[dict[str, float]]:
    """For each part and loss term the share of the part's units (`Loss.units`) in those of the whole batch.

    A loss that is a mean over units, weighted so, is that of the whole batch, and so is its gradient. The units
    are counted in a forward pass of their own, without gradients and with the random numbers of the real one.
    A batch in one part needs no shares. A term without a loss is counted in rows.
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
            total[name] = total.get(name, 0) + count
    return [{name: count / max(total[name], 1) for name, count in counts.items()} for counts in rows]
