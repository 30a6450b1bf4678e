"""SpanExtractor: the contract of everything that gives spans their features."""

from abc import abstractmethod

from torch import Tensor

from jointre.component import Component
from jointre.data.stages import SpanDims, SpanFeatures, Spans
from jointre.views.base import Views, ViewWidths, copies_of


class SpanExtractor(Component):
    """Features of candidate spans, in parts."""

    @abstractmethod
    def build(self, views: ViewWidths) -> SpanDims:
        """Return the widths of the parts."""

    @abstractmethod
    def forward(self, views: Views, spans: Spans) -> SpanFeatures:
        """Return the features of N spans; ``summary`` stays one row per document."""


class Extracted:
    """Features of spans that are computed when their rows are requested, because few of many candidates are
    entities.
    """

    def __init__(self, extractor: SpanExtractor, views: Views, spans: Spans) -> None:
        self.extractor, self.views, self.spans = extractor, views, spans

    def __getitem__(self, rows: Tensor) -> SpanFeatures:
        features: SpanFeatures = self.extractor(self.views, copies_of(self.views).take(self.spans, rows))
        return features
