"""Find spans by tags without types, then classify each span."""

from collections.abc import Mapping
from dataclasses import replace

import torch
from torch import Tensor, nn

from jointre.data.batch import Batch, Gold
from jointre.data.labels import Labels
from jointre.data.overlaps import Overlap
from jointre.data.stages import EntityOutput, LossTerm, SpanDims, SpanFeatures, SpanRows, Spans
from jointre.data.tags import Scheme
from jointre.entity_heads.types import predicted_types, trained_types
from jointre.entity_heads.word_tagger import Decode, WordTagger
from jointre.limits import ProperFraction
from jointre.losses.base import Targets
from jointre.nn.init import init_normal
from jointre.nn.words import Take
from jointre.registry import registry
from jointre.samplers.base import TAGS, make_spans, taught
from jointre.schedules.base import Schedule
from jointre.span_extractors.base import Extracted, SpanExtractor
from jointre.views.base import Views, ViewWidths


@registry.entity_heads("jointre.tag_then_classify.v1")
class TagThenClassify(WordTagger):
    """ENPAR's entity head (ENPAR, Section 2.4): tags without types, then types of their spans.

    The classifier, ``y = A x + a``, reads the features of a span and has a class for "no entity". There are two loss
    terms: ``tag`` with one row per word, and ``entity`` with one row per candidate. In training the candidates are all
    gold entities and the decoded spans. The score of a span is the probability of its class.

    Args:
        extractor: makes the span features that are classified and passed on.
        teacher: share of the sentences whose gold tags are decoded in training, drawn for each sentence; they have only
            gold candidates. Null for none.
    """

    targets: Mapping[str, Targets] = {"tag": "classes", "entity": "classes"}

    def __init__(
        self,
        extractor: SpanExtractor,
        teacher: Schedule | None = None,
        scheme: Scheme = "BIEOU",
        decode: Decode = "lenient",
        crf: bool = False,
        view: str = "encoder",
        word: Take = "first",
        dropout: ProperFraction = 0.1,
        overlap: Overlap = "refuse",
    ) -> None:
        super().__init__(scheme, decode, crf, view, word, dropout, overlap)
        self.extractor = extractor
        self.teacher = teacher

    def build(self, views: ViewWidths, labels: Labels) -> SpanDims:
        """Make the tagger, see `WordTagger.build_tags`, and ``types`` [E, width of the features] ~ N(0, 0.02)."""
        self.build_tags(views, None)
        dims = self.extractor.build(views)
        self.types = nn.Linear(dims.total, len(labels.entities) + 1)
        init_normal(self.types)
        return dims

    def forward(self, views: Views, batch: Batch) -> EntityOutput:
        """See `EntityHead.forward`. Outside training the candidates are the decoded spans."""
        tag_scores = self.tag_scores(views, batch)
        ends = self.decoded(tag_scores.detach(), batch.n_words).ends
        terms = {"tag": self.tag_term(batch, tag_scores)} if self.training else {}
        if batch.host is not None:
            return self._in_one_wait(views, batch, ends, terms)
        spans = self._spans(batch, ends)
        features = self.extractor(views, spans)
        return self._output(spans, features, self.types(features.concatenated()), batch, terms)

    def _in_one_wait(
        self, views: Views, batch: Batch, ends: Tensor, terms: Mapping[str, LossTerm]
    ) -> EntityOutput:
        """Return the output on a GPU, where the host waits once for tags and types.

        Every word that may begin a span is classified, as if one began there, and the host then chooses the rows.
        """
        host = batch.on_host()
        begins = torch.arange(ends.shape[1]) < host.n_words.unsqueeze(1)
        if self.training:
            begins &= ~self._taught(host)
        possible = _possible(batch, ends, begins, batch.gold if self.training else None)
        features = self.extractor(views, possible)
        logits = self.types(features.concatenated())
        types = predicted_types(possible, features, logits)
        decided = (types.predicted, types.score, *types.typed)
        ends, *_ = batch.to_host((ends, *decided))
        spans = self._spans(host, ends)
        rows = batch.to_device(_rows_of(spans, begins, len(possible)))
        features, logits = features[rows], logits.index_select(0, rows)
        output = self._output(batch.to_device(spans), features, logits, batch, terms)
        predicted, score, *likeliest = batch.copies.take(decided, rows)
        if not self.training:
            output = replace(output, likeliest=likeliest[0], likeliest_score=likeliest[1])
        return replace(output, predicted=predicted, score=score)

    def _taught(self, batch: Batch) -> Tensor:
        """Return [B, 1] bool, the sentences whose gold tags are decoded in training."""
        return taught(self.teacher, batch, TAGS).unsqueeze(1)

    def _spans(self, batch: Batch, ends: Tensor) -> Spans:
        """Return the candidates, on the host."""
        if not self.training:
            return self.found(batch, ends)
        return self.gold_and_found(batch, ends.masked_fill(self._taught(batch), 0))[0]

    def _output(
        self,
        spans: Spans,
        features: SpanFeatures,
        logits: Tensor,
        batch: Batch,
        terms: Mapping[str, LossTerm],
    ) -> EntityOutput:
        if not self.training:
            return predicted_types(spans, features, logits)
        return trained_types(spans, features, logits, batch, terms)

    def features(self, views: Views, spans: Spans) -> SpanRows:
        """See `EntityHead.features`."""
        return Extracted(self.extractor, views, spans)


def _possible(batch: Batch, ends: Tensor, begins: Tensor, gold: Gold | None) -> Spans:
    """Return the gold entities, then a span for each word of ``begins`` [B, W], which is on the host.

    It has the end that ``ends`` [B, W] says, or is a single word if no span begins there.
    """
    doc, start = batch.to_device(torch.nonzero(begins, as_tuple=True))
    words = torch.stack([start, torch.maximum(ends[doc, start], start + 1)], dim=1)
    if gold is not None:
        doc, words = torch.cat([gold.entity_doc, doc]), torch.cat([gold.entity_words, words])
    return make_spans(batch, doc, words)


def _rows_of(spans: Spans, begins: Tensor, n_possible: int) -> Tensor:
    """Return [N], the rows of spans among those of `_possible`, in the same order; everything is on the host."""
    number = begins.flatten().cumsum(0).view_as(begins) - 1
    n_gold = n_possible - int(begins.sum())
    rows = n_gold + number[spans.doc, spans.words[:, 0]]
    rows[:n_gold] = torch.arange(n_gold)
    return rows
