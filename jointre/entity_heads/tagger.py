"""A tag for each word: entities that do not overlap."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import torch
from torch import Tensor, nn

from jointre.data.batch import Batch
from jointre.data.doc import Doc
from jointre.data.labels import Labels
from jointre.data.overlaps import Overlap
from jointre.data.tag_decode import classes, flat_spans, span_ends
from jointre.data.tags import Scheme, TagSpace
from jointre.data.views import EntityOutput, LossTerm, SpanDims, SpanFeatures, SpanRows, Spans
from jointre.entity_heads.base import EntityHead
from jointre.entity_heads.gold_tags import admit, gold_tags, taggable
from jointre.errors import BuildError, Fault
from jointre.nn.crf import Constraints, LinearChainCRF
from jointre.nn.init import init_normal
from jointre.nn.words import Take, word_states
from jointre.registry import registry
from jointre.samplers.base import make_spans
from jointre.span_extractors.base import Extracted, SpanExtractor
from jointre.views.base import Views, ViewWidths, view_dims


@dataclass(frozen=True)
class Reading:
    """What was read off a batch, all [B, W]: predicted tags, their log-probabilities, `span_ends` of the tags."""

    tags: Tensor
    log_probs: Tensor
    ends: Tensor


@registry.entity_heads("jointre.tagger.v1")
class Tagger(EntityHead):
    """Giorgi et al.'s entity head (section 2): a linear classifier of words into the tags of a scheme.

    The loss term ``entity`` has a row a word. With ``crf`` its scores are those of a word's tag given the gold tag
    before it, so that the cross-entropy of all rows is the exact negative log-likelihood of the CRF: a mean over
    words either way, and the balance with other losses stays. The score of a span is the geometric mean of the
    probabilities of its words' predicted tags.

    A word has one tag, so entities cannot overlap. In training all gold entities are candidates even so: what
    ``overlap`` leaves out concerns the tags and their loss alone, not the relation stage.

    A training step waits for a GPU once, for the number of predicted spans.

    Args:
        scheme: BIO or BIOES (also written BILOU or BIEOU).
        typed: whether tags carry types; without, there must be one type.
        decode: from tags to spans. ``lenient`` takes the likeliest tag of each word and reads spans off by seqeval's
            rule, ``strict`` only those that the scheme allows; ``viterbi`` finds the likeliest sequence of tags that
            the scheme allows.
        crf: whether a linear-chain CRF stands on the classifier; it needs ``viterbi``.
        view: name of the view to read, of pieces or of words.
        word: what a word is in a view of pieces: its ``first`` piece, its ``last``, or the ``mean`` of all.
        dropout: on the states of the words.
        overlap: what becomes of training documents with overlapping entities. ``refuse``: training does not begin.
            ``keep_outer``, ``keep_inner``: of those that overlap the widest or the narrowest are tagged.
            ``drop_sentence``: their words have no loss.
        extractor: gives spans the features that a relation stage may ask for; null hands on none.
    """

    space: TagSpace
    chain: Constraints

    def __init__(
        self,
        scheme: Scheme = "BIOES",
        typed: bool = True,
        decode: Literal["lenient", "strict", "viterbi"] = "lenient",
        crf: bool = False,
        view: str = "encoder",
        word: Take = "first",
        dropout: float = 0.1,
        overlap: Overlap = "refuse",
        extractor: SpanExtractor | None = None,
    ) -> None:
        super().__init__()
        if crf and decode != "viterbi":
            raise ValueError('crf = true decodes by Viterbi: set decode = "viterbi"')
        self.scheme = scheme
        self.typed = typed
        self.decode = decode
        self.crf = crf
        self.view = view
        self.word = word
        self.dropout = nn.Dropout(dropout)
        self.overlap = overlap
        self.extractor = extractor

    def build(self, views: ViewWidths, labels: Labels) -> SpanDims:
        """Make ``classifier`` [C, V] ~ N(0, 0.02), and the transition scores of a CRF, which begin at 0.

        The extractor is left unbuilt if there are no relation types.
        """
        dims = view_dims(views, self.view, self)
        if not self.typed and len(labels.entities) != 1:
            what = f"typed = false, but there are {len(labels.entities)} entity types"
            raise BuildError("components do not fit", [Fault(what, remedy="set typed = true")])
        self.space = TagSpace(self.scheme, labels.entities if self.typed else None)
        self.classifier = nn.Linear(dims.states, len(self.space))
        init_normal(self.classifier)
        allowed = self.space.transitions()
        self.chain = LinearChainCRF(allowed) if self.crf else Constraints(allowed)
        self.extracts = self.extractor is not None and bool(labels.relations)
        return self.extractor.build(views) if self.extractor is not None and self.extracts else SpanDims()

    def forward(self, views: Views, batch: Batch) -> EntityOutput:
        """See `EntityHead.forward`. Outside training the candidates are the decoded spans.

        In training they are the gold entities, and then the predicted spans that are no gold extent. A gold span that
        was not predicted is predicted to be none; its score is that of the tags predicted on its words.
        """
        words = word_states(views[self.view], batch, self.word)
        logits = self.classifier(self.dropout(words)).float()
        reading = self._read(logits.detach(), batch.n_words)
        if self.training:
            return self._train(views, batch, logits, reading)
        doc, extents = flat_spans(reading.ends)
        spans = make_spans(batch, doc, extents)
        predicted = classes(reading.tags, self.space)[doc, extents[:, 0]]
        return EntityOutput(spans, self.features(views, spans), predicted, scores(reading.log_probs, spans))

    @torch.no_grad()
    def _read(self, logits: Tensor, n_words: Tensor) -> Reading:
        tags = self.chain.viterbi(logits, n_words) if self.decode == "viterbi" else logits.argmax(dim=2)
        log_probs = logits.log_softmax(dim=2)
        if isinstance(self.chain, LinearChainCRF):
            log_probs = self.chain.log_marginals(logits, n_words)
        ends = span_ends(tags, n_words, self.space, strict=self.decode != "lenient")
        return Reading(tags, log_probs.gather(2, tags.unsqueeze(2)).squeeze(2), ends)

    def _train(self, views: Views, batch: Batch, logits: Tensor, reading: Reading) -> EntityOutput:
        assert batch.gold is not None
        gold = batch.gold
        start, end = gold.entity_words.unbind(1)
        place = gold.entity_doc * logits.shape[1] + start
        found = reading.ends.flatten()[place] == end
        taken = torch.zeros_like(reading.ends).flatten().index_add_(0, place, found.long())
        doc, others = flat_spans(reading.ends.masked_fill(taken.view_as(reading.ends) > 0, 0))
        spans = make_spans(batch, torch.cat([gold.entity_doc, doc]), torch.cat([gold.entity_words, others]))
        predicted = classes(reading.tags, self.space)[spans.doc, spans.words[:, 0]]
        missed = nn.functional.pad(~found, (0, len(doc)))
        return EntityOutput(
            spans,
            self.features(views, spans),
            predicted.masked_fill(missed, 0),
            scores(reading.log_probs, spans),
            nn.functional.pad(gold.entity_label, (0, len(doc))),
            torch.arange(len(start), device=place.device),
            {"entity": self._term(batch, logits)},
        )

    def _term(self, batch: Batch, logits: Tensor) -> LossTerm:
        """A row for each word that has a loss: scores of its tag, and its gold tag."""
        gold = gold_tags(batch, self.space, self.overlap)
        if isinstance(self.chain, LinearChainCRF):
            logits = self.chain.conditionals(logits, gold.padded, batch.n_words)
        group = torch.div(gold.rows, logits.shape[1], rounding_mode="floor")
        return LossTerm(
            logits.flatten(0, 1).index_select(0, gold.rows), gold.padded.flatten()[gold.rows], group
        )

    def features(self, views: Views, spans: Spans) -> SpanRows:
        """See `EntityHead.features`; without an extractor there are none."""
        if self.extractor is None or not self.extracts:
            return SpanFeatures(spans.doc)
        return Extracted(self.extractor, views, spans)

    def admit(self, docs: Sequence[Doc]) -> list[str]:
        """See `EntityHead.admit`."""
        return admit(docs, self.overlap)

    def unreachable(self, doc: Doc) -> list[str | None]:
        """Entities that overlap another one which, by ``overlap`` or else by order, is tagged in their place."""
        kept = set(taggable(doc, self.overlap))
        extents = {(doc.entities[row].start, doc.entities[row].end) for row in kept}
        reasons: list[str | None] = [None] * len(doc.entities)
        for row, entity in enumerate(doc.entities):
            if row not in kept:
                twice = (entity.start, entity.end) in extents
                overlaps = "overlaps another entity, and a word has one tag"
                reasons[row] = "a second type on one span" if twice else overlaps
        return reasons


def scores(log_probs: Tensor, spans: Spans) -> Tensor:
    """[M] the geometric mean over the words of each span of a probability, [B, W] in logarithms."""
    place = torch.arange(log_probs.shape[1], device=log_probs.device)
    start, end = spans.words.unsqueeze(2).unbind(1)
    inside = (place >= start) & (place < end)
    total = log_probs[spans.doc].masked_fill(~inside, 0).sum(dim=1)
    return (total / (end - start).squeeze(1)).exp()
