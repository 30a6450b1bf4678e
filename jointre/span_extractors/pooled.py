"""Spans as a pooled range, a width embedding and the sentence vector."""

from typing import Annotated

from torch import Tensor, nn

from jointre.data.stages import SpanDims, SpanFeatures, Spans
from jointre.limits import OptionalSize, between
from jointre.nn.init import init_normal
from jointre.poolers.base import Pooler
from jointre.registry import registry
from jointre.span_extractors.base import SpanExtractor
from jointre.views.base import Views, ViewWidths, no_summary, view_dims


@registry.span_extractors("jointre.pooled.v1")
class PooledSpanExtractor(SpanExtractor):
    """SpERT's span representation (SpERT, Eqs. 1-2): pooled units, width embedding and classification token.

    Args:
        pooler: pools the span's units.
        width_dim: size of the width embedding; 0 leaves it out.
        width_rows: rows of the width table; wider spans share the last row.
        summary: whether the sentence vector of the view is part of the features.
        view: name of the view to read.
    """

    def __init__(
        self,
        pooler: Pooler,
        width_dim: OptionalSize = 25,
        width_rows: Annotated[int, between(2, 65_536)] = 100,
        summary: bool = True,
        view: str = "encoder",
    ) -> None:
        super().__init__()
        self.pooler = pooler
        self.width_dim = width_dim
        self.width_rows = width_rows
        self.summary = summary
        self.view = view

    def build(self, views: ViewWidths) -> SpanDims:
        """Make the width table ~ N(0, 0.02); return the widths of the parts."""
        dims = view_dims(views, self.view, self)
        if self.summary and dims.summary is None:
            raise no_summary(self.view)
        if self.width_dim:
            self.widths = nn.Embedding(self.width_rows, self.width_dim)
            init_normal(self.widths)
        pooled = self.pooler.build(dims.states)
        return SpanDims(pooled, self.width_dim or None, dims.summary if self.summary else None)

    def forward(self, views: Views, spans: Spans) -> SpanFeatures:
        """Return ``pooled`` [N, V], ``width`` [N, Z], ``summary`` [B, V]."""
        view = views[self.view]
        pooled = self.pooler(view, spans.doc, spans.ranges(view.level))
        summary = view.summary if self.summary else None
        return SpanFeatures(spans.doc, pooled, self._width(spans) if self.width_dim else None, summary)

    def _width(self, spans: Spans) -> Tensor:
        width = spans.words[:, 1] - spans.words[:, 0]
        return self.widths(width.clamp(max=self.width_rows - 1))
