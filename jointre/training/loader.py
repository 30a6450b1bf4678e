"""Batches of an epoch, prepared in this process or in worker processes, with the same result."""

from collections.abc import Generator, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from itertools import islice
from typing import cast

import torch
from torch.utils.data import DataLoader

from jointre.data.batch import Batch, collate
from jointre.data.batching import epoch_order
from jointre.data.doc import Doc
from jointre.data.encoded_corpus import EncodedCorpus
from jointre.data.encoding import Encoding
from jointre.data.labels import Labels
from jointre.signals import leave_signals_to_the_parent
from jointre.training.processes import ALONE, Processes
from jointre.training.sharing import Turn, share
from jointre.training.worker_errors import Failed, passed_on, raise_errors


@dataclass(frozen=True)
class Docs:
    """The documents of a batch, whoever computes them."""

    docs: Sequence[Doc]


@dataclass(frozen=True)
class Work:
    """What this process computes of an update; alone, the batches of the update.

    Args:
        epoch: number of the epoch, counted from 0.
        batches: the documents of each batch of the update, those of other processes included.
        turns: of this process, one after the other.
        parts: what it computes in each of these turns; None if it has nothing to do in one.
    """

    epoch: int
    batches: Sequence[Docs]
    turns: Sequence[Turn]
    parts: Sequence[Batch | None]

    @property
    def documents(self) -> int:
        """Number of documents in the update."""
        return sum(len(batch.docs) for batch in self.batches)


@dataclass(frozen=True)
class TrainingData:
    """The tokenised training corpus.

    Args:
        encodings: one per document; ``key`` seeds its samplers.
        labels: types for the gold tensors.
        pad_id: piece id of padding.
        batch_size: documents per batch.
        drop_last: whether to leave out a last batch that is not full.
        seed: of the run.
        workers: number of processes that prepare batches; 0 for none.
        group_by_length: whether the documents of a batch have similar lengths.
        processes: share the documents of each update.
    """

    encodings: EncodedCorpus
    labels: Labels
    pad_id: int
    batch_size: int
    drop_last: bool
    seed: int
    workers: int = 0
    group_by_length: bool = False
    processes: Processes = ALONE

    def batches_per_epoch(self) -> int:
        """Return the number of batches in each epoch."""
        return len(self._order(0))

    def updates(self, epoch: int, accumulate: int, skip: int = 0) -> Iterator[Work]:
        """Iterate over the updates of an epoch: what this process computes of them.

        Batches that are left over at the end of the epoch make one more update.

        Args:
            epoch: counted from 0.
            accumulate: batches per update.
            skip: number of updates to leave out.
        """
        order, here = self._order(epoch), self.processes
        starts = range(skip * accumulate, len(order), accumulate)
        shared = [share(order[start : start + accumulate], here.count) for start in starts]
        own = [[turns[here.number] for turns in rounds] for rounds in shared]
        loader = self._load(epoch, [turn.rows for turns in own for turn in turns], bool(skip))
        with closing(loader) as loaded:
            for start, turns in zip(starts, own, strict=True):
                parts = list(islice(loaded, len(turns)))
                batches = order[start : start + accumulate]
                docs = [Docs([self.encodings[row].doc for row in rows]) for rows in batches]
                yield Work(epoch, docs, turns, parts)

    def epoch(self, number: int, skip: int = 0) -> Iterator[Batch]:
        """Iterate over the whole batches of epoch ``number``, counted from 0, without the first ``skip``."""
        return cast(Iterator[Batch], self._load(number, self._order(number)[skip:], bool(skip)))

    def _load(
        self, epoch: int, rows: Sequence[Sequence[int]], resumed: bool
    ) -> Generator[Batch | None, None, None]:
        loader: DataLoader[Batch | Failed | None] = DataLoader(
            self.encodings,  # type: ignore[arg-type]
            batch_sampler=rows,  # type: ignore[arg-type]
            collate_fn=_Collator(self, epoch),
            num_workers=self.workers,
            worker_init_fn=leave_signals_to_the_parent,
        )
        before = torch.get_rng_state()
        batches = iter(loader)
        if resumed:  # torch drew its seed for this epoch when the epoch began, so it must not draw again
            torch.set_rng_state(before)
        return raise_errors(batches)

    def parts(self, epoch: int, number: int, n: int) -> list[Batch]:
        """Return batch ``number`` of an epoch as ``n`` smaller batches of similar size, or fewer, one per document."""
        return self.split(epoch, self._order(epoch)[number], n)

    def split(self, epoch: int, rows: Sequence[int], n: int) -> list[Batch]:
        """Return rows of the corpus as ``n`` batches of similar size, or fewer, one per document."""
        size = -(-len(rows) // max(min(n, len(rows)), 1))
        collator = _Collator(self, epoch)
        return [
            collator.batch([self.encodings[row] for row in rows[start : start + size]])
            for start in range(0, len(rows), size or 1)
        ]

    def _order(self, epoch: int) -> list[list[int]]:
        lengths = self.encodings.lengths if self.group_by_length else None
        n_docs = len(self.encodings)
        return epoch_order(n_docs, self.batch_size, self.drop_last, self.seed, epoch, lengths)


@dataclass(frozen=True)
class _Collator:
    data: TrainingData
    epoch: int

    def __call__(self, encodings: Sequence[Encoding]) -> Batch | Failed | None:
        try:
            return self.batch(encodings) if encodings else None
        except Exception as error:
            return passed_on(error)

    def batch(self, encodings: Sequence[Encoding]) -> Batch:
        seeds = [(self.data.seed, self.epoch, encoding.key) for encoding in encodings]
        return collate(encodings, self.data.pad_id, self.data.labels, seeds)
