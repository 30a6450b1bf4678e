"""Batches of an epoch, prepared in this process or in worker processes, with the same result."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import torch
from torch.utils.data import DataLoader

from jointre.data.batch import Batch, collate
from jointre.data.batching import epoch_order
from jointre.data.encoding import Encoding
from jointre.data.labels import Labels
from jointre.signals import leave_signals_to_the_parent
from jointre.training.worker_errors import Failed, passed_on, raise_errors


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
    """

    encodings: Sequence[Encoding]
    labels: Labels
    pad_id: int
    batch_size: int
    drop_last: bool
    seed: int
    workers: int = 0
    group_by_length: bool = False

    def batches_per_epoch(self) -> int:
        """Return the number of batches in each epoch."""
        return len(self._order(0))

    def epoch(self, number: int, skip: int = 0) -> Iterator[Batch]:
        """Iterate over the batches of epoch ``number``, counted from 0, without the first ``skip``."""
        loader: DataLoader[Batch | Failed] = DataLoader(
            self.encodings,  # type: ignore[arg-type]
            batch_sampler=self._order(number)[skip:],
            collate_fn=_Collator(self, number),
            num_workers=self.workers,
            worker_init_fn=leave_signals_to_the_parent,
        )
        before = torch.get_rng_state()
        batches = iter(loader)
        if skip:  # torch drew its seed for this epoch when the epoch began, so it must not draw again
            torch.set_rng_state(before)
        return raise_errors(batches)

    def parts(self, epoch: int, number: int, n: int) -> list[Batch]:
        """Return batch ``number`` of an epoch as ``n`` smaller batches of similar size, or fewer, one per document."""
        rows = self._order(epoch)[number]
        size = -(-len(rows) // min(n, len(rows)))
        collator = _Collator(self, epoch)
        return [
            collator.batch([self.encodings[row] for row in rows[start : start + size]])
            for start in range(0, len(rows), size)
        ]

    def _order(self, epoch: int) -> list[list[int]]:
        lengths = [len(encoding.ids) for encoding in self.encodings] if self.group_by_length else None
        n_docs = len(self.encodings)
        return epoch_order(n_docs, self.batch_size, self.drop_last, self.seed, epoch, lengths)


@dataclass(frozen=True)
class _Collator:
    data: TrainingData
    epoch: int

    def __call__(self, encodings: Sequence[Encoding]) -> Batch | Failed:
        try:
            return self.batch(encodings)
        except Exception as error:
            return passed_on(error)

    def batch(self, encodings: Sequence[Encoding]) -> Batch:
        seeds = [(self.data.seed, self.epoch, encoding.key) for encoding in encodings]
        return collate(encodings, self.data.pad_id, self.data.labels, seeds)
