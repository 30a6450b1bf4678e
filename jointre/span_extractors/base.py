"""SpanExtractor: the contract of everything that gives spans their features."""

from abc import abstractmethod

from jointre.component import Component
from jointre.data.views import SpanDims, SpanFeatures, Spans
from jointre.views.base import Views, ViewWidths


class SpanExtractor(Component):
    """Features of candidate spans, in parts."""

    @abstractmethod
    def build(self, views: ViewWidths) -> SpanDims:
        """Widths of the parts."""

    @abstractmethod
    def forward(self, views: Views, spans: Spans) -> SpanFeatures:
        """Features of N spans; ``summary`` stays one row a document."""
