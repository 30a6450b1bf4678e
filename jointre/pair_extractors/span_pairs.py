"""Pairs of pooled spans with a context between them."""

import torch
from torch import Tensor

from jointre.context_encoders.base import PairContext
from jointre.data.batch import Batch
from jointre.data.labels import Labels
from jointre.data.views import EntityOutput, PairDims, PairFeatures, Pairs, SpanDims, SpanFeatures
from jointre.errors import BuildError, Fault
from jointre.pair_extractors.base import PairExtractor
from jointre.registry import registry
from jointre.views.base import Views, ViewWidths


@registry.pair_extractors("jointre.span_pairs.v1")
class SpanPairs(PairExtractor):
    """SpERT's pair representation (section 2.6): the span vectors and widths of both sides, and a context.

    The features are the very tensors of the entity head. A context is computed once for all pairs that
    share it.

    Args:
        context: what surrounds the pair, or null for none.
        widths: whether the width embeddings take part.
    """

    def __init__(self, context: PairContext | None = None, widths: bool = True) -> None:
        super().__init__()
        self.context = context
        self.widths = widths

    def build(self, views: ViewWidths, spans: SpanDims, labels: Labels) -> PairDims:
        """A side is [pooled; width]."""
        if spans.pooled is None:
            what = "the entity head hands on no pooled spans"
            raise BuildError("components do not fit", [Fault(what, remedy="use an extractor that pools")])
        if self.widths and spans.width is None:
            what = "widths = true, but the span extractor has no width embedding"
            raise BuildError("components do not fit", [Fault(what, remedy="set widths = false")])
        side = spans.pooled + (spans.width or 0 if self.widths else 0)
        return PairDims(side, self.context.build(views) if self.context is not None else None)

    def forward(self, views: Views, entities: EntityOutput, pairs: Pairs, batch: Batch) -> PairFeatures:
        """See `PairExtractor.forward`; R = P."""
        used, place = torch.unique(torch.cat([pairs.head, pairs.tail]), return_inverse=True)
        head, tail = place.view(2, -1)
        side = self._side(entities.features[used])
        context, row = self._context(views, entities, pairs, batch)
        pair = torch.arange(len(pairs), device=head.device)
        return PairFeatures(side, head, tail, context, row, pair)

    def _side(self, features: SpanFeatures) -> Tensor:
        assert features.pooled is not None
        if not self.widths or features.width is None:
            return features.pooled
        return torch.cat([features.pooled, features.width], dim=1)

    def _context(
        self, views: Views, entities: EntityOutput, pairs: Pairs, batch: Batch
    ) -> tuple[Tensor | None, Tensor | None]:
        if self.context is None:
            return None, None
        if self.context.one_per == "document":
            every = torch.arange(len(batch), device=pairs.head.device)
            return self.context(
                views, entities.spans, Pairs(every, every, every, pairs.label), batch
            ), pairs.doc
        if self.context.one_per == "ordered_pair":
            row = torch.arange(len(pairs), device=pairs.head.device)
            return self.context(views, entities.spans, pairs, batch), row
        low, high = torch.minimum(pairs.head, pairs.tail), torch.maximum(pairs.head, pairs.tail)
        n_spans = max(len(entities.spans), 1)
        key, row = torch.unique(low * n_spans + high, return_inverse=True)
        head = torch.div(key, n_spans, rounding_mode="floor")
        once = Pairs(entities.spans.doc[head], head, key - head * n_spans, pairs.label)
        return self.context(views, entities.spans, once, batch), row
