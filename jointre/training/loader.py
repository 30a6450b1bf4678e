"""Batches of one epoch, prepared in this process or in workers; the same either way."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from torch.utils.data import DataLoader

from jointre.data.batch import Batch, Encoding, collate
from jointre.data.batching import epoch_order
from jointre.data.labels import Labels


@dataclass(frozen=True)
class TrainingData:
    """The tokenised training corpus.

    Args:
        encodings: one a document; ``key`` seeds its samplers.
        labels: types for the gold tensors.
        pad_id: piece id of padding.
        batch_size: documents a batch.
        drop_last: whether a last batch that is not full is left out.
        seed: of the run.
        workers: processes that collate; 0 for none.
    """

    encodings: Sequence[Encoding]
    labels: Labels
    pad_id: int
    batch_size: int
    drop_last: bool
    seed: int
    workers: int = 0

    def batches_per_epoch(self) -> int:
        """Number of batches of each epoch."""
        return len(self._order(0))

    def epoch(self, number: int) -> Iterator[Batch]:
        """The batches of epoch ``number``, counted from 0."""
        collator = _Collator(self, number)
        loader: DataLoader[Batch] = DataLoader(
            self.encodings,  # type: ignore[arg-type]
            batch_sampler=self._order(number),
            collate_fn=collator,
            num_workers=self.workers,
        )
        return iter(loader)

    def _order(self, epoch: int) -> list[list[int]]:
        return epoch_order(len(self.encodings), self.batch_size, self.drop_last, self.seed, epoch)


@dataclass(frozen=True)
class _Collator:
    data: TrainingData
    epoch: int

    def __call__(self, encodings: Sequence[Encoding]) -> Batch:
        seeds = [(self.data.seed, self.epoch, encoding.key) for encoding in encodings]
        return collate(encodings, self.data.pad_id, self.data.labels, seeds)
