"""The endless stream of batches, from any position on, prepared in this process or in worker processes."""

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any

import numpy as np
import torch
from torch.utils.data import DataLoader, IterableDataset, get_worker_info

from jointre.pretraining.examples import Maker, PretrainingBatch
from jointre.pretraining.shards import Shard, doc_of
from jointre.signals import leave_signals_to_the_parent
from jointre.splitters.base import Splitter
from jointre.training.worker_errors import Failed, passed_on, raise_errors


@dataclass(frozen=True)
class Stream:
    """All documents, in a different order in each epoch.

    In each epoch the order of the shards is drawn. Then ``buffer`` documents at a time are read, shuffled and used. A
    position in the stream is therefore one number, that of a batch, and nothing before a position has to be parsed.

    Args:
        shards: that were scanned.
        maker: makes batches from documents.
        batch_size: documents per batch; fewer if there are fewer documents.
        buffer: number of documents that are shuffled together, at least one batch.
        seed: of the order.
        workers: number of processes that make batches; 0 for none.
        splitter: makes the words of documents for which the shards give none.
    """

    shards: Sequence[Shard]
    maker: Maker
    batch_size: int
    buffer: int
    seed: int
    workers: int = 0
    splitter: Splitter | None = None

    def batches_per_epoch(self) -> int:
        """Return the number of full batches in an epoch. Documents left over are not used in it."""
        return max(sum(shard.used for shard in self.shards) // self.batch_size, 1)

    def from_batch(self, first: int = 0, every: int = 1, offset: int = 0) -> Iterator[PretrainingBatch]:
        """Iterate over the batches from number ``first`` on, counted over all epochs; see `part`."""
        loader: DataLoader[PretrainingBatch | Failed] = DataLoader(
            _Endless(self, first, every, offset),
            batch_size=None,
            num_workers=self.workers,
            collate_fn=_unchanged,
            worker_init_fn=_alone,
            generator=torch.Generator().manual_seed(self.seed),
        )
        return raise_errors(iter(loader))

    def part(self, first: int, every: int = 1, offset: int = 0) -> Iterator[PretrainingBatch]:
        """Yield of the batches from ``first`` on those at ``offset``, ``offset + every``, and so on."""
        per_epoch = self.batches_per_epoch()
        number = first + offset
        epoch, start = divmod(number, per_epoch)
        while True:
            for batch, lines in self._epoch(epoch, start):
                if (epoch * per_epoch + batch - number) % every == 0:
                    yield self.maker([(n, doc_of(line, n, self.splitter)) for n, line in lines], epoch)
            epoch, start = epoch + 1, 0

    def _epoch(self, epoch: int, start: int) -> Iterator[tuple[int, list[tuple[int, bytes]]]]:
        """Yield batches of an epoch from ``start`` on, each as its number, and numbers and lines of its documents."""
        size = self.batch_size
        room = max(self.buffer // size, 1)
        block = start // room
        lines = self._lines(epoch, block * room * size)
        while held := list(islice(lines, room * size)):
            order = np.random.default_rng((self.seed, epoch, 1, block)).permutation(len(held))
            for number in range(max(len(held) // size, int(block == 0))):
                place = block * room + number
                if place >= start:
                    yield place, [held[row] for row in order[number * size : (number + 1) * size]]
            block += 1

    def _lines(self, epoch: int, skip: int) -> Iterator[tuple[int, bytes]]:
        for row in np.random.default_rng((self.seed, epoch, 0)).permutation(len(self.shards)):
            shard = self.shards[row]
            passed = min(skip, shard.used)
            skip -= passed
            if passed < shard.used:
                yield from shard.lines(passed)


class _Endless(IterableDataset[PretrainingBatch | Failed]):
    def __init__(self, stream: Stream, first: int, every: int, offset: int) -> None:
        super().__init__()
        self.stream, self.first, self.every, self.offset = stream, first, every, offset

    def __iter__(self) -> Iterator[PretrainingBatch | Failed]:
        worker = get_worker_info()
        number, of = (0, 1) if worker is None else (worker.id, worker.num_workers)
        try:
            yield from self.stream.part(self.first, self.every * of, self.offset + self.every * number)
        except Exception as error:
            yield passed_on(error)


def _unchanged(batch: Any) -> Any:
    return batch


def _alone(worker: int) -> None:
    leave_signals_to_the_parent()
    os.environ["TOKENIZERS_PARALLELISM"] = "false"  # its threads do not outlive a fork
