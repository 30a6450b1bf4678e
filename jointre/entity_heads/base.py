"""EntityHead: the contract of everything that finds entities."""

from abc import abstractmethod

from jointre.component import Component
from jointre.data.batch import Batch
from jointre.data.labels import Labels
from jointre.data.views import EntityOutput, SpanDims
from jointre.views.base import Views, ViewWidths


class EntityHead(Component):
    """Finds candidate spans and their types."""

    @abstractmethod
    def build(self, views: ViewWidths, labels: Labels) -> SpanDims:
        """Make parameters; returns the widths of the span features it hands on."""

    @abstractmethod
    def forward(self, views: Views, batch: Batch) -> EntityOutput:
        """Candidates, their types, and in training (``self.training``) the loss terms; else gold is never read."""
