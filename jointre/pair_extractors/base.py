"""PairExtractor: the contract of everything that gives pairs of spans their features."""

from abc import abstractmethod

from jointre.component import Component
from jointre.data.batch import Batch
from jointre.data.labels import Labels
from jointre.data.views import EntityOutput, PairDims, PairFeatures, Pairs, SpanDims
from jointre.views.base import Views, ViewWidths


class PairExtractor(Component):
    """Features of candidate pairs: one row a side, one row a context, and indices."""

    @abstractmethod
    def build(self, views: ViewWidths, spans: SpanDims, labels: Labels) -> PairDims:
        """Widths of a side and of the context."""

    @abstractmethod
    def forward(self, views: Views, entities: EntityOutput, pairs: Pairs, batch: Batch) -> PairFeatures:
        """Features of P pairs; ``batch`` is for extractors with an encoder pass of their own."""
