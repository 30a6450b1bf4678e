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
        head, tail = pairs.head, pairs.tail
        if (
            self.training
        ):  # the few candidates of a training are all sides: to find the used ones waits for a GPU
            used = torch.arange(len(entities.spans), device=head.device)
        else:
            used, place = torch.unique(torch.cat([head, tail]), return_inverse=True)
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
        return self.context.distinct(views, entities.spans, pairs, batch)
