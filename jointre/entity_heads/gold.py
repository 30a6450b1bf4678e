"""Entities that are given, in training and in prediction."""

from collections.abc import Mapping
from dataclasses import replace

import torch

from jointre.data.batch import Batch
from jointre.data.labels import Labels
from jointre.data.stages import EntityOutput, SpanDims, SpanFeatures, SpanRows, Spans
from jointre.entity_heads.base import EntityHead
from jointre.losses.base import Targets
from jointre.registry import registry
from jointre.span_extractors.base import Extracted, SpanExtractor
from jointre.views.base import Views, ViewWidths


@registry.entity_heads("jointre.gold.v1")
class GoldEntities(EntityHead):
    """Uses the entities of the documents as they are, for relations between entities that were found elsewhere.

    It predicts nothing and has no loss term. Every prediction reads the entities of its documents, and scores say "gold
    entities"; a document without entities has no relations.

    Args:
        extractor: makes the span features that a relation stage may read; null makes none.
    """

    targets: Mapping[str, Targets] = {}
    given_only = True

    def __init__(self, extractor: SpanExtractor | None = None) -> None:
        super().__init__()
        self.extractor = extractor

    def build(self, views: ViewWidths, labels: Labels) -> SpanDims:
        """Build the extractor, unless there are no relation types; there are no other parameters."""
        self.extracts = self.extractor is not None and bool(labels.relations)
        return self.extractor.build(views) if self.extractor is not None and self.extracts else SpanDims()

    def forward(self, views: Views, batch: Batch) -> EntityOutput:
        """Return the given entities in their order; in training each of them is also gold."""
        output = self.given(views, batch)
        if not self.training:
            return output
        rows = batch.to_device(torch.arange(len(output.spans)))
        return replace(output, gold=output.predicted, gold_rows=rows)

    def features(self, views: Views, spans: Spans) -> SpanRows:
        """See `EntityHead.features`; without an extractor there are none."""
        if self.extractor is None or not self.extracts:
            return SpanFeatures(spans.doc)
        return Extracted(self.extractor, views, spans)
