"""EntityHead: the contract of everything that finds entities."""

from abc import abstractmethod
from collections.abc import Mapping, Sequence

import torch

from jointre.component import Component
from jointre.data.batch import Batch
from jointre.data.doc import Doc
from jointre.data.labels import Labels
from jointre.data.stages import EntityOutput, SpanDims, SpanRows, Spans
from jointre.losses.base import Targets
from jointre.samplers.base import host_spans
from jointre.views.base import Views, ViewWidths


class EntityHead(Component):
    """Finds candidate spans and their types.

    Attributes:
        targets: the kind of targets of each of its loss terms.
        given_only: whether it finds nothing itself, so that every prediction uses the entities of the documents.
        encoding: the prefixes of the names of the tensors that `features` reads.
    """

    targets: Mapping[str, Targets] = {"entity": "classes"}
    given_only: bool = False
    encoding: Sequence[str] = ("extractor.",)

    @abstractmethod
    def build(self, views: ViewWidths, labels: Labels) -> SpanDims:
        """Make parameters; return the widths of the span features for later stages."""

    @abstractmethod
    def forward(self, views: Views, batch: Batch) -> EntityOutput:
        """Return candidates, their types, and in training (``self.training``) the loss terms; otherwise gold is never
        read.
        """

    @abstractmethod
    def features(self, views: Views, spans: Spans) -> SpanRows:
        """Return the features of any spans, for the relation stage."""

    def given(self, views: Views, batch: Batch) -> EntityOutput:
        """Return the entities of ``batch.gold`` in their order, as if they had been found, each with score 1."""
        gold = batch.on_host().gold
        assert batch.gold is not None and gold is not None
        spans = host_spans(batch, gold.entity_doc, gold.entity_words)
        score = batch.to_device(torch.ones(len(spans)))
        return EntityOutput(spans, self.features(views, spans), batch.gold.entity_label, score)

    def admit(self, docs: Sequence[Doc]) -> list[str]:
        """Check training documents before anything is built; return the lines to show to the user.

        Raises:
            DataError: documents that this head cannot be trained on, one fault each.
        """
        return []

    def unreachable(self, doc: Doc) -> list[str | None]:
        """Return for each gold entity of ``doc`` why this head can never predict it, whatever it learns; None if it
        can.

        Needs no ``build``. Of several entities that exclude each other, the first counts as reachable. A reason is a
        phrase that is the same for all entities it applies to, for instance ``wider than max_width = 10 words``.
        """
        return [None] * len(doc.entities)
