"""Tags for entities that do not overlap, and a span classifier for those nested with them."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import NamedTuple

import torch
from torch import Tensor
from torch.nn.functional import pad

from jointre.data.batch import Batch
from jointre.data.doc import Doc
from jointre.data.labels import Labels
from jointre.data.stages import EntityOutput, SpanDims, SpanRows, Spans
from jointre.entity_heads.base import EntityHead
from jointre.entity_heads.gold_tags import admit
from jointre.entity_heads.span_classifier import SpanClassifier
from jointre.entity_heads.tagger import Tagger
from jointre.limits import Probability
from jointre.losses.base import Targets
from jointre.registry import registry
from jointre.samplers.base import make_spans
from jointre.views.base import Views, ViewWidths


class _Added(NamedTuple):
    """Spans that are added to the tagged ones: ``label`` [N] int64 their types, ``score`` [N] their probabilities."""

    spans: Spans
    label: Tensor
    score: Tensor

    def only(self, chosen: Tensor) -> "_Added":
        """Return the chosen ones, [N] bool."""
        return _Added(self.spans[chosen], self.label[chosen], self.score[chosen])


@registry.entity_heads("jointre.tags_and_spans.v1")
class TagsAndSpans(EntityHead):
    """Entities from the tags of a tagger, and entities nested with them from a span classifier.

    A candidate of the classifier is added if it lies inside a tagged span or contains one, and if the probability of
    its likeliest type is above ``threshold``. A span that crosses a tagged one is never added; added ones may overlap
    each other. The score of a tagged span is that of the tagger, the score of an added one its probability.

    There are two loss terms: ``tag``, that of the tagger, and ``entity``, that of the span classifier over its own
    candidates. In training the candidates of later stages are the gold entities, followed by the found spans that are
    not gold; a gold span that was not found gets class none and the tagger's score. A training step waits for a GPU a
    few times.

    Args:
        tagger: finds entities that do not overlap. Its ``extractor`` must be null.
        spans: classifies all other spans; its extractor makes the features of all entities.
        threshold: probability above which a nested span is an entity.
    """

    targets: Mapping[str, Targets] = {"tag": "classes", "entity": "classes"}
    encoding = ("spans.extractor.",)

    def __init__(self, tagger: Tagger, spans: SpanClassifier, threshold: Probability = 0.5) -> None:
        super().__init__()
        if tagger.extractor is not None:
            raise ValueError("tagger.extractor must be null: the features are those of spans.extractor")
        self.tagger = tagger
        self.spans = spans
        self.threshold = threshold

    def build(self, views: ViewWidths, labels: Labels) -> SpanDims:
        """Build both parts; return the widths of the span classifier's features."""
        self.tagger.build(views, labels)
        return self.spans.build(views, labels)

    def forward(self, views: Views, batch: Batch) -> EntityOutput:
        """See `EntityHead.forward`."""
        tagged = self.tagger(views, batch)
        added = self._added(views, batch, tagged.spans[tagged.predicted > 0])
        if self.training:
            terms = {"tag": tagged.terms["entity"], "entity": self.spans(views, batch).terms["entity"]}
            tagged, added = _merged(replace(tagged, terms=terms), added)
        spans = make_spans(
            batch,
            torch.cat([tagged.spans.doc, added.spans.doc]),
            torch.cat([tagged.spans.words, added.spans.words]),
        )
        return replace(
            tagged,
            spans=spans,
            features=self.features(views, spans),
            predicted=torch.cat([tagged.predicted, added.label]),
            score=torch.cat([tagged.score, added.score]),
            gold=None if tagged.gold is None else pad(tagged.gold, (0, len(added.spans))),
        )

    def features(self, views: Views, spans: Spans) -> SpanRows:
        """See `EntityHead.features`."""
        return self.spans.features(views, spans)

    @torch.no_grad()
    def _added(self, views: Views, batch: Batch, tagged: Spans) -> _Added:
        """Return the nested spans that are found."""
        spans = self.spans.sampler.sample(batch, training=False)
        spans = spans[nests(spans, tagged, batch)]
        label, score = self.spans.classify(views, spans).typed
        return _Added(spans, label, score).only(score > self.threshold)

    def admit(self, docs: Sequence[Doc]) -> list[str]:
        """See `EntityHead.admit`; the tagger's ``overlap`` decides."""
        return admit(docs, self.tagger.overlap, "model.entity_head.tagger.overlap")

    def unreachable(self, doc: Doc) -> list[str | None]:
        """See `EntityHead.unreachable`: of the entities that are not tagged, those that cross a tagged one, and those
        that the span classifier cannot find.
        """
        reasons, others = self.tagger.unreachable(doc), self.spans.unreachable(doc)
        tagged = [entity for entity, reason in zip(doc.entities, reasons, strict=True) if reason is None]
        for row, entity in enumerate(doc.entities):
            if reasons[row] is not None and all(entity.extent != other.extent for other in tagged):
                crosses = any(entity.crosses(other) for other in tagged)
                reasons[row] = "crosses an entity that is tagged" if crosses else others[row]
        return reasons


def _merged(tagged: EntityOutput, added: _Added) -> tuple[EntityOutput, _Added]:
    """Give added spans that are gold the rows that gold has in ``tagged``; return it and the other added spans."""
    row, gold = torch.nonzero(tagged.spans.keys().unsqueeze(1) == added.spans.keys(), as_tuple=True)
    label = tagged.predicted.index_put((row,), added.label[gold])
    score = tagged.score.index_put((row,), added.score[gold])
    new = torch.ones_like(added.label, dtype=torch.bool).index_fill(0, gold, False)
    return replace(tagged, predicted=label, score=score), added.only(new)


def nests(spans: Spans, flat: Spans, batch: Batch) -> Tensor:
    """Return [N] bool, whether a span lies inside one of ``flat`` or contains one, is none of them, and crosses none.

    Args:
        spans: N spans.
        flat: spans that do not overlap each other, though one may occur twice.
        batch: their documents.
    """
    width = batch.word_pieces.shape[1] + 1
    opened, closed = torch.zeros(2, len(batch) * width, dtype=torch.bool, device=spans.doc.device)
    first, last = (flat.doc.unsqueeze(1) * width + flat.words).unbind(1)
    opened[first], closed[last] = True, True
    opens, closes = (edges.view(-1, width).cumsum(1).flatten() for edges in (opened, closed))
    # `divided`: places at which a boundary would cut a flat span in two
    covered = opens > closes
    divided = covered & ~opened
    start, end = (spans.doc.unsqueeze(1) * width + spans.words).unbind(1)
    inside = covered[start] & (closes[end - 1] == closes[start])
    contains = ~divided[start] & ~divided[end] & (opens[end - 1] > opens[start] - opened[start].long())
    return inside != contains  # both only if the span is one of `flat`
