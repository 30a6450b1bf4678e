"""Pairs of pooled spans with embeddings of their types, their order and their distance."""

from collections.abc import Sequence
from dataclasses import replace

import torch
from torch import Tensor, nn

from jointre.context_encoders.base import PairContext
from jointre.data.batch import Batch
from jointre.data.host_copies import upload
from jointre.data.labels import Labels
from jointre.data.stages import Column, EntityOutput, PairDims, Pairs, SpanDims, Spans
from jointre.limits import OptionalSize
from jointre.pair_extractors.span_pairs import SpanPairs
from jointre.poolers.base import Pooler
from jointre.registry import registry
from jointre.views.base import Views, ViewWidths

DISTANCES = (1, 2, 3, 4, 5, 8, 16, 32, 64)
"""The smallest number of words between two spans in each bucket after the first."""
ORDERS = 3
"""Head first, tail first, overlapping."""


@registry.pair_extractors("jointre.span_pairs.v2")
class TypedSpanPairs(SpanPairs):
    """``jointre.span_pairs.v1`` with learned embeddings of the entity types, their pair, the order and the distance.

    The types are those that the pair sampler passes on (`Pairs.label`): gold or predicted in training, predicted or
    given otherwise. All embeddings start as N(0, 1).

    Args:
        context: the component for the surroundings of the pair, or null for none.
        widths: whether the width embeddings are part of the features.
        pooler: pools the spans from ``view``; null uses the span vectors of the entity head.
        summary: whether the sentence vector of ``view`` is part of the features.
        view: name of the view that ``pooler`` and ``summary`` read.
        label_dim: size of the embedding of each entity's type, which is part of its side; 0 leaves it out.
        pair_dim: size of the embedding of the types of head and tail together; 0 leaves it out. It has a row for each
            ordered pair of types.
        order_dim: size of the embedding of the order: head first, tail first, or overlapping; 0 leaves it out.
        distance_dim: size of the embedding of the number of words between the two spans, in the buckets 0, 1, 2, 3, 4,
            5-7, 8-15, 16-31, 32-63 and 64 or more; 0 leaves it out.
    """

    def __init__(
        self,
        context: PairContext | None = None,
        widths: bool = True,
        pooler: Pooler | None = None,
        summary: bool = False,
        view: str = "encoder",
        label_dim: OptionalSize = 64,
        pair_dim: OptionalSize = 64,
        order_dim: OptionalSize = 16,
        distance_dim: OptionalSize = 16,
    ) -> None:
        super().__init__(context, widths, pooler, summary, view)
        self.label_dim = label_dim
        self.pair_dim = pair_dim
        self.order_dim = order_dim
        self.distance_dim = distance_dim

    def build(self, views: ViewWidths, spans: SpanDims, labels: Labels) -> PairDims:
        """Return the widths. A side is [pooled; width; type]; class 0, no entity, also has embeddings."""
        dims = super().build(views, spans, labels)
        self.n_classes = len(labels.entities) + 1
        self.labels = _table(self.n_classes, self.label_dim)
        self.label_pairs = _table(self.n_classes**2, self.pair_dim)
        self.orders = _table(ORDERS, self.order_dim)
        self.distances = _table(len(DISTANCES) + 1, self.distance_dim)
        context = (dims.context or 0) + self.pair_dim + self.order_dim + self.distance_dim
        return replace(dims, side=dims.side + self.label_dim, context=context or None)

    def contexts(self, views: Views, entities: EntityOutput, pairs: Pairs, batch: Batch) -> Sequence[Column]:
        """See `PairExtractor.contexts`; each embedding is one more part, whose rows are its whole table."""
        parts = [*super().contexts(views, entities, pairs, batch)]
        if self.label_pairs is not None:
            head, tail = (pairs.label.index_select(0, side) for side in (pairs.head, pairs.tail))
            parts.append((self.label_pairs.weight, head * self.n_classes + tail))
        gap = _gaps(entities.spans, pairs)
        if self.orders is not None:
            parts.append((self.orders.weight, _order(gap)))
        if self.distances is not None:
            parts.append((self.distances.weight, _bucket(gap)))
        return parts

    def side(self, views: Views, entities: EntityOutput, pairs: Pairs, used: Tensor) -> Tensor:
        """See `SpanPairs.side`; [K, pooled + width + type]."""
        side = super().side(views, entities, pairs, used)
        if self.labels is None:
            return side
        return torch.cat([side, self.labels(pairs.label.index_select(0, used))], dim=1)


def _table(rows: int, size: int) -> nn.Embedding | None:
    return nn.Embedding(rows, size) if size else None


def _gaps(spans: Spans, pairs: Pairs) -> Tensor:
    """Return [P, 2], the words from head to tail and from tail to head; negative if the second is not after the
    first.
    """
    head, tail = spans.words[pairs.head], spans.words[pairs.tail]
    return torch.stack([tail[:, 0] - head[:, 1], head[:, 0] - tail[:, 1]], dim=1)


def _order(gap: Tensor) -> Tensor:
    """Return [P]: 0 for head first, 1 for tail first, 2 for overlapping spans."""
    first = gap >= 0
    return torch.where(first[:, 0], 0, torch.where(first[:, 1], 1, 2))


def _bucket(gap: Tensor) -> Tensor:
    """Return [P], the bucket of the number of words between the spans; 0 for spans that touch or overlap."""
    bounds = upload(torch.tensor(DISTANCES), gap.device)
    return torch.bucketize(gap.max(dim=1).values, bounds, right=True)
