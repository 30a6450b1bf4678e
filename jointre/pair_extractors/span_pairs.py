"""Pairs of pooled spans, with a context."""

import torch
from torch import Tensor

from jointre.context_encoders.base import PairContext
from jointre.data.batch import Batch
from jointre.data.labels import Labels
from jointre.data.stages import EntityOutput, PairDims, PairFeatures, Pairs, SpanDims, ViewDims
from jointre.errors import BuildError, Fault
from jointre.pair_extractors.base import PairExtractor
from jointre.poolers.base import Pooler
from jointre.registry import registry
from jointre.views.base import Views, ViewWidths, copies_of, no_summary, view_dims


@registry.pair_extractors("jointre.span_pairs.v1")
class SpanPairs(PairExtractor):
    """The pairs of SpERT and SINET: the span vectors and widths of both sides, and a context.

    In SpERT, a side consists of the same tensors as in the entity head (SpERT, Section 3). In SINET, spans are pooled
    once more from a view of their own, and its sentence vector is part of the features (SINET, Eqs. 8-9). A context is
    computed once for all pairs that share it.

    Args:
        context: the component for the surroundings of the pair, or null for none.
        widths: whether the width embeddings are part of the features.
        pooler: pools the spans from ``view``; null uses the span vectors of the entity head.
        summary: whether the sentence vector of ``view`` is part of the features.
        view: name of the view that ``pooler`` and ``summary`` read.
    """

    def __init__(
        self,
        context: PairContext | None = None,
        widths: bool = True,
        pooler: Pooler | None = None,
        summary: bool = False,
        view: str = "encoder",
    ) -> None:
        super().__init__()
        self.context = context
        self.widths = widths
        self.pooler = pooler
        self.summary = summary
        self.view = view

    def build(self, views: ViewWidths, spans: SpanDims, labels: Labels) -> PairDims:
        """Return the widths. A side is [pooled; width]."""
        own = self.pooler is not None or self.summary
        dims = view_dims(views, self.view, self) if own else ViewDims(0)
        self._refuse(spans, dims)
        pooled = self.pooler.build(dims.states) if self.pooler is not None else spans.pooled
        side = (pooled or 0) + (spans.width or 0 if self.widths else 0)
        context = self.context.build(views) if self.context is not None else None
        return PairDims(side, context, dims.summary if self.summary else None)

    def forward(self, views: Views, entities: EntityOutput, pairs: Pairs, batch: Batch) -> PairFeatures:
        """See `PairExtractor.forward`; R = P."""
        used, head, tail = self.sides(entities, pairs, batch)
        side = self.side(views, entities, pairs, used)
        contexts = self.contexts(views, entities, pairs, batch)
        pair = torch.arange(len(pairs), device=head.device)
        summary = views[self.view].summary if self.summary else None
        doc = pairs.doc if self.summary else None
        return PairFeatures(side, head, tail, contexts, pair, summary, doc)

    def side(self, views: Views, entities: EntityOutput, pairs: Pairs, used: Tensor) -> Tensor:
        """Return [K, pooled + width], the sides of the ``used`` candidates."""
        features = entities.features[used]
        pooled = features.pooled
        if self.pooler is not None:
            view, spans = views[self.view], copies_of(views).take(entities.spans, used)
            pooled = self.pooler(view, spans.doc, spans.ranges(view.level))
        assert pooled is not None
        if not self.widths or features.width is None:
            return pooled
        return torch.cat([pooled, features.width], dim=1)

    def _refuse(self, spans: SpanDims, dims: ViewDims) -> None:
        faults = []
        if spans.pooled is None and self.pooler is None:
            what = "the entity head provides no pooled spans"
            faults.append(Fault(what, remedy="use an extractor that pools, or give pair_extractor a pooler"))
        if self.widths and spans.width is None:
            what = "widths = true, but the span extractor has no width embedding"
            faults.append(Fault(what, remedy="set widths = false"))
        if self.summary and dims.summary is None:
            faults += no_summary(self.view).faults
        if self.view != "encoder" and self.pooler is None and not self.summary:
            what = f"view = {self.view!r}, but nothing reads it"
            faults.append(Fault(what, remedy="give a pooler, set summary = true, or leave view out"))
        if faults:
            raise BuildError("components do not fit", faults)
