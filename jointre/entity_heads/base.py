"""EntityHead: the contract of everything that finds entities."""

from abc import abstractmethod
from collections.abc import Mapping

from jointre.component import Component
from jointre.data.batch import Batch
from jointre.data.doc import Doc
from jointre.data.labels import Labels
from jointre.data.views import EntityOutput, SpanDims
from jointre.losses.base import Targets
from jointre.views.base import Views, ViewWidths


class EntityHead(Component):
    """Finds candidate spans and their types; ``targets``: its loss terms, and the kind of targets of each."""

    targets: Mapping[str, Targets] = {"entity": "classes"}

    @abstractmethod
    def build(self, views: ViewWidths, labels: Labels) -> SpanDims:
        """Make parameters; returns the widths of the span features it hands on."""

    @abstractmethod
    def forward(self, views: Views, batch: Batch) -> EntityOutput:
        """Candidates, their types, and in training (``self.training``) the loss terms; else gold is never read."""

    def unreachable(self, doc: Doc) -> list[str | None]:
        """For each gold entity of ``doc`` why this head can never predict it, whatever it learns; else None.

        Needs no ``build``. Of several entities that exclude each other, the first counts as within reach. A
        reason is a phrase that is the same for all entities it applies to, for instance ``wider than
        max_width = 10 words``.
        """
        return [None] * len(doc.entities)
