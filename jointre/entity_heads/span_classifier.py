"""A classifier over enumerated spans."""

import torch
from torch import Tensor, nn

from jointre.data.batch import Batch
from jointre.data.doc import Doc
from jointre.data.labels import Labels
from jointre.data.stages import EntityOutput, SpanDims, SpanFeatures, SpanRows, Spans
from jointre.entity_heads.base import EntityHead
from jointre.entity_heads.types import predicted_types, trained_types
from jointre.limits import LayerSize, NonNegativeInt, ProperFraction
from jointre.nn.init import init_normal
from jointre.nn.mlp import feed_forward
from jointre.registry import registry
from jointre.samplers.base import SpanSampler, best_of_known, make_spans
from jointre.span_extractors.base import Extracted, SpanExtractor
from jointre.views.base import Views, ViewWidths, copies_of

CHUNK = 4096
NO_LAYERS: list[int] = []


@registry.entity_heads("jointre.span_classifier.v1")
class SpanClassifier(EntityHead):
    """SpERT's entity head (SpERT, Eq. 3): ``y = A dropout([summary; pooled; width]) + a`` for each candidate.

    PURE's has a feed-forward network before it (PURE, Section 3.2). Without a network, the linear map is split outside
    training, so that the sentence vector is projected once per document.

    Args:
        sampler: chooses the candidates.
        extractor: makes their features.
        dropout: on the concatenated features, with an independent mask per span.
        propose: number of hard negatives per document in training, in addition to those of the sampler: of the
            candidates of prediction, those with the highest probability of a type. To find them, a training step scores
            all of these without gradients, and waits for a GPU.
        hidden: sizes of the layers of the network, each followed by ReLU and dropout; an empty list for no network.
        hidden_dropout: after each of these layers.
    """

    def __init__(
        self,
        sampler: SpanSampler,
        extractor: SpanExtractor,
        dropout: ProperFraction = 0.1,
        propose: NonNegativeInt = 0,
        hidden: list[LayerSize] = NO_LAYERS,
        hidden_dropout: ProperFraction = 0.2,
    ) -> None:
        super().__init__()
        self.sampler = sampler
        self.extractor = extractor
        self.dropout = nn.Dropout(dropout)
        self.propose = propose
        self.hidden = list(hidden)
        self.hidden_dropout = hidden_dropout

    def build(self, views: ViewWidths, labels: Labels) -> SpanDims:
        """Make ``classifier`` [E, summary + pooled + width or the last of ``hidden``] and the ``network`` before it.

        Both are N(0, 0.02).
        """
        dims = self.extractor.build(views)
        self.network = feed_forward(dims.total, self.hidden, self.hidden_dropout)
        self.classifier = nn.Linear((dims.total, *self.hidden)[-1], len(labels.entities) + 1)
        init_normal(self.network)
        init_normal(self.classifier)
        return dims

    def forward(self, views: Views, batch: Batch) -> EntityOutput:
        """See `EntityHead.forward`; the loss term is named ``entity``."""
        spans = self.sampler.sample(batch, self.training)
        if not self.training:
            return self.classify(views, spans)
        return self._train(views, batch, self._with_proposed(views, batch, spans) if self.propose else spans)

    def features(self, views: Views, spans: Spans) -> SpanRows:
        """See `EntityHead.features`."""
        return Extracted(self.extractor, views, spans)

    def classify(self, views: Views, spans: Spans) -> EntityOutput:
        """Return the types of any spans, without dropout and loss terms.

        A few thousand are scored at a time, so that their features never all exist at once.
        """
        features = self.features(views, spans)
        parts = copies_of(views).to_device(torch.arange(len(spans)).split(CHUNK))
        score = self._scores if self.hidden else self._split
        logits = torch.cat([score(features[part]) for part in parts])
        return predicted_types(spans, features, logits)

    @torch.no_grad()
    def _with_proposed(self, views: Views, batch: Batch, drawn: Spans) -> Spans:
        """Return the drawn spans, followed by the best others of each document."""
        others, known = batch.to_host((self.sampler.sample(batch, training=False), drawn))
        others = batch.to_device(others[~torch.isin(others.keys(), known.keys())])
        best = best_of_known(others, self.classify(views, others).typed[1], self.propose, batch)
        return make_spans(batch, torch.cat([drawn.doc, best.doc]), torch.cat([drawn.words, best.words]))

    def _train(self, views: Views, batch: Batch, spans: Spans) -> EntityOutput:
        features = self.extractor(views, spans)
        trained = self.sampler.trained(batch.to_host(spans) if batch.copies.known(spans) else spans)
        return trained_types(spans, features, self._scores(features), batch, {}, trained)

    def unreachable(self, doc: Doc) -> list[str | None]:
        """See `EntityHead.unreachable`: spans that the sampler leaves out, and a second type on one span."""
        reasons = self.sampler.unreachable(doc)
        taken: set[tuple[int, int]] = set()
        for row, entity in enumerate(doc.entities):
            if reasons[row] is None and entity.extent in taken:
                reasons[row] = "a second type on one span"
            taken.add(entity.extent)
        return reasons

    def _scores(self, features: SpanFeatures) -> Tensor:
        logits: Tensor = self.classifier(self.network(self.dropout(features.concatenated())))
        return logits

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
