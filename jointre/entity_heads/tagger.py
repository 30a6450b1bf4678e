"""One tag per word, for entities that do not overlap."""

from dataclasses import replace

import torch
from torch import Tensor, nn

from jointre.data.batch import Batch
from jointre.data.labels import Labels
from jointre.data.overlaps import Overlap
from jointre.data.stages import EntityOutput, SpanDims, SpanFeatures, SpanRows, Spans
from jointre.data.tag_decode import classes
from jointre.data.tags import Scheme
from jointre.entity_heads.word_tagger import Decode, Decoded, WordTagger
from jointre.errors import BuildError, Fault
from jointre.limits import ProperFraction
from jointre.nn.words import Take
from jointre.registry import registry
from jointre.span_extractors.base import Extracted, SpanExtractor
from jointre.views.base import Views, ViewWidths


@registry.entity_heads("jointre.tagger.v1")
class Tagger(WordTagger):
    """Giorgi et al.'s entity head (Giorgi et al., Section 2): tags that carry types.

    The loss term ``entity`` has one row per word. With a CRF it is still a mean over words, so its balance with other
    losses does not change. The score of a span is the geometric mean of the probabilities of its words' predicted tags.

    Args:
        typed: whether tags carry types; without types there must be exactly one type.
        extractor: makes the span features that a relation stage may read; null makes none.
    """

    def __init__(
        self,
        scheme: Scheme = "BIOES",
        typed: bool = True,
        decode: Decode = "lenient",
        crf: bool = False,
        view: str = "encoder",
        word: Take = "first",
        dropout: ProperFraction = 0.1,
        overlap: Overlap = "refuse",
        extractor: SpanExtractor | None = None,
    ) -> None:
        super().__init__(scheme, decode, crf, view, word, dropout, overlap)
        self.typed = typed
        self.extractor = extractor

    def build(self, views: ViewWidths, labels: Labels) -> SpanDims:
        """Make the tagger, see `WordTagger.build_tags`; the extractor is not built if there are no relation types."""
        if not self.typed and len(labels.entities) != 1:
            what = f"typed = false, but there are {len(labels.entities)} entity types"
            raise BuildError("components do not fit", [Fault(what, remedy="set typed = true")])
        self.build_tags(views, labels.entities if self.typed else None)
        self.extracts = self.extractor is not None and bool(labels.relations)
        return self.extractor.build(views) if self.extractor is not None and self.extracts else SpanDims()

    def forward(self, views: Views, batch: Batch) -> EntityOutput:
        """See `EntityHead.forward`. Outside training the candidates are the decoded spans.

        In training they are the gold entities, followed by the predicted spans that are not gold. A gold span that was
        not predicted gets class none; its score is that of the tags predicted for its words.
        """
        logits = self.tag_scores(views, batch)
        terms = {"entity": self.tag_term(batch, logits)} if self.training else {}
        decoded = batch.to_host(self.decoded(logits.detach(), batch.n_words))
        find = self._train if self.training else self._predict
        found = batch.to_device(find(decoded, batch.on_host()))
        return replace(found, features=self.features(views, found.spans), terms=terms)

    def _predict(self, decoded: Decoded, batch: Batch) -> EntityOutput:
        """Return what is found, on the host, still without features."""
        spans = self.found(batch, decoded.ends)
        score = scores(decoded.log_probs, spans)
        return EntityOutput(spans, SpanFeatures(spans.doc), self._types(decoded, spans), score)

    def _types(self, decoded: Decoded, spans: Spans) -> Tensor:
        """Return [M], the class of the tag at the start of each span."""
        return classes(decoded.tags, self.space)[spans.doc, spans.words[:, 0]]

    def _train(self, decoded: Decoded, batch: Batch) -> EntityOutput:
        """Return the candidates of training, on the host, still without features and loss terms."""
        assert batch.gold is not None
        spans, found = self.gold_and_found(batch, decoded.ends)
        others = len(spans) - len(found)
        return EntityOutput(
            spans,
            SpanFeatures(spans.doc),
            self._types(decoded, spans).masked_fill(nn.functional.pad(~found, (0, others)), 0),
            scores(decoded.log_probs, spans),
            nn.functional.pad(batch.gold.entity_label, (0, others)),
            torch.arange(len(found)),
        )

    def features(self, views: Views, spans: Spans) -> SpanRows:
        """See `EntityHead.features`; without an extractor there are none."""
        if self.extractor is None or not self.extracts:
            return SpanFeatures(spans.doc)
        return Extracted(self.extractor, views, spans)


def scores(log_probs: Tensor, spans: Spans) -> Tensor:
    """Return [M], the geometric mean of probabilities over the words of each span; ``log_probs`` is [B, W]."""
    place = torch.arange(log_probs.shape[1], device=log_probs.device)
    start, end = spans.words.unsqueeze(2).unbind(1)
    inside = (place >= start) & (place < end)
    total = log_probs[spans.doc].masked_fill(~inside, 0).sum(dim=1)
    return (total / (end - start).squeeze(1)).exp()
