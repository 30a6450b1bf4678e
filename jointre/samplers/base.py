"""SpanSampler and PairSampler: the contracts of the registry ``samplers``.

Randomness comes from ``batch.rng(row)`` alone, so that a run repeats whatever the number of workers.
"""

from abc import ABC, abstractmethod
from collections.abc import Iterator

import numpy as np
import torch

from jointre.data.batch import Batch
from jointre.data.doc import Doc
from jointre.data.relation_classes import Order
from jointre.data.stages import EntityOutput, Pairs, Spans
from jointre.limits import Limited
from jointre.schedules.base import Schedule

ENTITIES, TAGS = 1, 2


class SpanSampler(Limited, ABC):
    """Chooses candidate spans."""

    @abstractmethod
    def sample(self, batch: Batch, training: bool) -> Spans:
        """Candidates of a batch.

        In training the first G rows are the gold entities of the batch in their order, whatever their width;
        outside training gold is never read. Rows of a document stand in its enumeration order.
        """

    def unreachable(self, doc: Doc) -> list[str | None]:
        """For each entity of ``doc`` why its span is no candidate outside training; None where it is one."""
        return [None] * len(doc.entities)


class PairSampler(Limited, ABC):
    """Chooses ordered candidate pairs.

    ``order`` says whether two spans are paired in ``both`` orders, or once, in that of the ``text``: by start, then by
    end. `RelationClasses` are what is scored of a pair, and the columns of its targets. ``untyped`` says whether spans
    that no type was predicted for are paired in prediction; ``exact``, whether pairs with a target have the spans of
    gold. ``capped`` counts the documents of which spans were left out of the pairs
    because there were too many.
    """

    order: Order = "both"
    untyped: bool = False
    exact: bool = True
    capped: int = 0

    @abstractmethod
    def sample(self, entities: EntityOutput, batch: Batch, training: bool) -> Pairs:
        """Pairs among the rows of ``entities.spans``; with ``targets`` in training."""

    def chunks(self, entities: EntityOutput, batch: Batch, size: int) -> Iterator[Pairs]:
        """The pairs of prediction in their order, ``size`` at once."""
        pairs = self.sample(entities, batch, training=False)
        return (pairs.slice(start, start + size) for start in range(0, len(pairs), size))

    def unreachable(self, doc: Doc) -> list[str | None]:
        """For each relation of ``doc`` why its pair is never scored, though both entities are found; else None."""
        return [None] * len(doc.relations)


def to_device(drawn: np.ndarray, batch: Batch) -> torch.Tensor:
    """What was drawn on the host, as a tensor where the batch is; a GPU is not waited for."""
    return torch.from_numpy(drawn).to(batch.ids.device, non_blocking=True)


def taught(teacher: Schedule | None, batch: Batch, draw: int) -> torch.Tensor:
    """[B] bool the sentences that follow a teacher in this step: its share of them, drawn a sentence.

    Args:
        teacher: null for none.
        draw: what it is drawn for, `ENTITIES` or `TAGS`, independently.
    """
    share = 0.0 if teacher is None else teacher(batch.progress)
    drawn = [batch.rng(row).spawn(draw + 1)[draw].random() < share for row in range(len(batch))]
    return to_device(np.array(drawn, dtype=bool), batch)


def make_spans(batch: Batch, doc: torch.Tensor, words: torch.Tensor) -> Spans:
    """Spans of words with their piece ranges: ``doc`` [N], ``words`` [N, 2], not empty."""
    start = batch.word_pieces[doc, words[:, 0], 0]
    end = batch.word_pieces[doc, words[:, 1] - 1, 1]
    return Spans(doc, words, torch.stack([start, end], dim=1))
