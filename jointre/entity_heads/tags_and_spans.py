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
from jointre.data.stages import EntityOutput, SpanDims, SpanFeatures, SpanRows, Spans
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
    not gold; a gold span that was not found gets class none and the tagger's score.

    On a GPU, the span classifier scores all of its candidates before the host waits for the tags.

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
        candidates = self.spans.sampler.sample(batch, training=False)
        types = None if batch.host is None else self._typed(views, candidates)
        batch.copies.announce(types)
        tagged = self.tagger(views, batch)
        found = batch.to_host(tagged.decided())
        added = self._added(views, batch, candidates, types, found.spans[found.predicted > 0])
        terms = {}
        if self.training:
            terms = {"tag": tagged.terms["entity"], "entity": self.spans(views, batch).terms["entity"]}
            found, added = _merged(found, added)
        found = batch.to_device(_with_added(found, added, batch.on_host()))
        return replace(found, features=self.features(views, found.spans), terms=terms)

    def features(self, views: Views, spans: Spans) -> SpanRows:
        """See `EntityHead.features`."""
        return self.spans.features(views, spans)

    @torch.no_grad()
    def _typed(self, views: Views, spans: Spans) -> tuple[Tensor, Tensor]:
        """Return the likeliest type of each span, and its probability."""
        return self.spans.classify(views, spans).typed

    def _added(
        self, views: Views, batch: Batch, spans: Spans, types: tuple[Tensor, Tensor] | None, tagged: Spans
    ) -> _Added:
        """Return the nested spans that are found, on the host.

        Args:
            views, batch: the documents.
            spans: the candidates.
            types: those of all candidates; None to find those of the nested ones alone.
            tagged: the tagged spans, on the host.
        """
        spans = batch.to_host(spans)
        nested = nests(spans, tagged, batch.on_host())
        spans = spans[nested]
        if types is None:
            label, score = self._typed(views, spans)
        else:
            label, score = (part[nested] for part in batch.to_host(types))
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


def _with_added(tagged: EntityOutput, added: _Added, batch: Batch) -> EntityOutput:
    """Return the tagged spans, followed by the added ones, still without features; everything is on the host."""
    doc, words = (
        torch.cat([tagged.spans.doc, added.spans.doc]),
        torch.cat([tagged.spans.words, added.spans.words]),
    )
    return EntityOutput(
        make_spans(batch, doc, words),
        SpanFeatures(doc),
        torch.cat([tagged.predicted, added.label]),
        torch.cat([tagged.score, added.score]),
        None if tagged.gold is None else pad(tagged.gold, (0, len(added.spans))),
        tagged.gold_rows,
    )


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
