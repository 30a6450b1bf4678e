"""The base of pair samplers that pair the spans of a document with each other: all of them, or the best."""

from abc import abstractmethod
from collections.abc import Iterator
from dataclasses import replace

import torch
from torch import Tensor

from jointre.data.batch import Batch
from jointre.data.stages import EntityOutput, Pairs
from jointre.limits import NonNegativeInt, TwoOrMore
from jointre.samplers.base import PairSampler, best_rows
from jointre.samplers.ordered import OrderedPairs


class CappedPairs(PairSampler):
    """All ordered pairs of the chosen spans of each document; with text order, each pair once.

    Args:
        negatives: maximum number of negative pairs per document in training; null for all.
        max_spans: maximum number of spans per document that are paired, those with the highest scores; null for all.
    """

    def __init__(self, negatives: NonNegativeInt | None, max_spans: TwoOrMore | None) -> None:
        self.negatives = negatives
        self.max_spans = max_spans

    @abstractmethod
    def train(self, entities: EntityOutput, batch: Batch) -> Pairs:
        """Return the pairs of a training step, with targets."""

    def chosen(self, entities: EntityOutput) -> Tensor:
        """Return [N] bool, the candidates that are paired in prediction: those with a type."""
        return entities.predicted > 0

    def sample(self, entities: EntityOutput, batch: Batch, training: bool) -> Pairs:
        """See `PairSampler.sample`."""
        if training:
            return self.train(entities, batch)
        return _placed(self._predicted(entities, batch).whole(), entities, batch)

    def chunks(self, entities: EntityOutput, batch: Batch, size: int) -> Iterator[Pairs]:
        """See `PairSampler.chunks`; pairs are made when they are requested."""
        parts = self._predicted(entities, batch).chunks(size)
        return (_placed(part, entities, batch) for part in parts)

    def _predicted(self, entities: EntityOutput, batch: Batch) -> OrderedPairs:
        """Return the pairs of prediction, on the host."""
        entities = batch.to_host(entities.decided())
        return self.ordered(entities, self.chosen(entities), batch)

    def ordered(self, entities: EntityOutput, chosen: Tensor, batch: Batch) -> OrderedPairs:
        """Return the pairs of ``chosen`` [N] bool, and count documents that lose spans to ``max_spans``.

        Entities and result are on the host.
        """
        rows = torch.nonzero(chosen).squeeze(1)
        if self.max_spans is not None:
            doc, score = entities.spans.doc[rows], entities.typed[1][rows]
            rows, touched = best_rows(rows, doc, score, self.max_spans, len(batch))
            self.capped += touched
        return OrderedPairs(entities, rows, len(batch), self.order)


def _placed(pairs: Pairs, entities: EntityOutput, batch: Batch) -> Pairs:
    """Return pairs of prediction on the device; the labels are there already."""
    return batch.to_device(replace(pairs, label=entities.predicted))
