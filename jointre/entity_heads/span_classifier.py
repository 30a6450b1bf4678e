"""A linear classifier over enumerated spans."""

import torch
from torch import Tensor, nn

from jointre.data.batch import Batch
from jointre.data.labels import Labels
from jointre.data.views import EntityOutput, LossTerm, SpanDims, SpanFeatures
from jointre.entity_heads.base import EntityHead
from jointre.nn.init import init_normal
from jointre.registry import registry
from jointre.samplers.base import SpanSampler
from jointre.span_extractors.base import SpanExtractor
from jointre.views.base import Views, ViewWidths


@registry.entity_heads("jointre.span_classifier.v1")
class SpanClassifier(EntityHead):
    """SpERT's entity head (section 2.4): ``y = A dropout([summary; pooled; width]) + a`` for each candidate.

    Outside training the linear map is split: the sentence vector is projected once a document.

    Args:
        sampler: chooses the candidates.
        extractor: gives their features.
        dropout: on the concatenated features, an independent mask a span.
    """

    def __init__(self, sampler: SpanSampler, extractor: SpanExtractor, dropout: float = 0.1) -> None:
        super().__init__()
        self.sampler = sampler
        self.extractor = extractor
        self.dropout = nn.Dropout(dropout)

    def build(self, views: ViewWidths, labels: Labels) -> SpanDims:
        """Make ``classifier``: [E, summary + pooled + width], N(0, 0.02)."""
        dims = self.extractor.build(views)
        self.classifier = nn.Linear(dims.total, len(labels.entities) + 1)
        init_normal(self.classifier)
        return dims

    def forward(self, views: Views, batch: Batch) -> EntityOutput:
        """See `EntityHead.forward`; the loss term is named ``entity``."""
        spans = self.sampler.sample(batch, self.training)
        features = self.extractor(views, spans)
        logits = self._full(features) if self.training else self._split(features)
        score, predicted = logits.float().softmax(dim=1).max(dim=1)
        if not self.training:
            return EntityOutput(spans, features, predicted, score)
        assert batch.gold is not None
        n_gold = batch.gold.entity_label.shape[0]
        gold = nn.functional.pad(batch.gold.entity_label, (0, len(spans) - n_gold))
        rows = torch.arange(n_gold, device=gold.device)
        term = LossTerm(logits, gold, spans.doc)
        return EntityOutput(spans, features, predicted, score, gold, rows, {"entity": term})

    def _full(self, features: SpanFeatures) -> Tensor:
        summary = None if features.summary is None else features.summary[features.doc]
        parts = [part for part in (summary, features.pooled, features.width) if part is not None]
        return self.classifier(self.dropout(torch.cat(parts, dim=1)))

    def _split(self, features: SpanFeatures) -> Tensor:
        present = [p for p in (features.summary, features.pooled, features.width) if p is not None]
        weights = list(self.classifier.weight.split([part.shape[1] for part in present], dim=1))
        logits: Tensor = self.classifier.bias
        if features.summary is not None:
            logits = nn.functional.linear(features.summary, weights.pop(0), logits)[features.doc]
        for part in (features.pooled, features.width):
            if part is not None:
                logits = logits + nn.functional.linear(part, weights.pop(0))
        return logits
