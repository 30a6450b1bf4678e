"""SpanSampler and PairSampler: the contracts of the registry ``samplers``.

Randomness comes from ``batch.rng(row)`` alone, so that a run repeats whatever the number of workers.
"""

from abc import ABC, abstractmethod

import torch

from jointre.data.batch import Batch
from jointre.data.views import EntityOutput, Pairs, Spans


class SpanSampler(ABC):
    """Chooses candidate spans."""

    @abstractmethod
    def sample(self, batch: Batch, training: bool) -> Spans:
        """Candidates of a batch.

        In training the first G rows are the gold entities of the batch in their order, whatever their width;
        outside training gold is never read. Rows of a document stand in its enumeration order.
        """


class PairSampler(ABC):
    """Chooses ordered candidate pairs."""

    @abstractmethod
    def sample(self, entities: EntityOutput, batch: Batch, training: bool) -> Pairs:
        """Pairs among the rows of ``entities.spans``; with ``targets`` in training."""


def make_spans(batch: Batch, doc: torch.Tensor, words: torch.Tensor) -> Spans:
    """Spans of words with their piece ranges: ``doc`` [N], ``words`` [N, 2], not empty."""
    start = batch.word_pieces[doc, words[:, 0], 0]
    end = batch.word_pieces[doc, words[:, 1] - 1, 1]
    return Spans(doc, words, torch.stack([start, end], dim=1))
