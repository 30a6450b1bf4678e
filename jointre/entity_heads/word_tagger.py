"""The base of entity heads that give each word a tag."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import torch
from torch import Tensor, nn

from jointre.data.batch import Batch
from jointre.data.doc import Doc
from jointre.data.overlaps import Overlap
from jointre.data.stages import LossTerm, Spans
from jointre.data.tag_decode import flat_spans, span_ends
from jointre.data.tags import Scheme, TagSpace
from jointre.entity_heads.base import EntityHead
from jointre.entity_heads.gold_tags import admit, gold_tags, taggable
from jointre.nn.crf import Constraints, LinearChainCRF
from jointre.nn.init import init_normal
from jointre.nn.words import Take, word_states
from jointre.samplers.base import make_spans
from jointre.views.base import Views, ViewWidths, view_dims

Decode = Literal["lenient", "strict", "viterbi"]


@dataclass(frozen=True)
class Decoded:
    """The tags of a batch: tags, their log-probabilities and their `span_ends`, all [B, W]."""

    tags: Tensor
    log_probs: Tensor
    ends: Tensor


class WordTagger(EntityHead):
    """A linear classifier of words into the tags of a scheme.

    A word has one tag, so predicted entities cannot overlap. In training all gold entities are candidates nevertheless:
    ``overlap`` concerns only the tags and their loss, not the later stages.

    The host waits for a GPU once, for the decoded tags; it finds the spans.

    Args:
        scheme: BIO or BIOES (also written BILOU or BIEOU).
        decode: how tags become spans. ``lenient`` takes the likeliest tag of each word and reads spans by seqeval's
            rule; ``strict`` keeps only spans that the scheme allows; ``viterbi`` finds the likeliest sequence of tags
            that the scheme allows.
        crf: whether a linear-chain CRF follows the classifier; it needs ``viterbi``.
        view: name of the view to read, of pieces or of words.
        word: what represents a word in a view of pieces: its ``first`` piece, its ``last``, or the ``mean`` of all.
        dropout: on the states of the words.
        overlap: what happens to training documents with overlapping entities. ``refuse``: training does not begin.
            ``keep_outer``, ``keep_inner``: only the widest or the narrowest of overlapping entities is tagged.
            ``drop_sentence``: the words of the document have no loss.
    """

    space: TagSpace
    chain: Constraints

    def __init__(
        self,
        scheme: Scheme,
        decode: Decode,
        crf: bool,
        view: str,
        word: Take,
        dropout: float,
        overlap: Overlap,
    ) -> None:
        super().__init__()
        if crf and decode != "viterbi":
            raise ValueError('crf = true needs decode = "viterbi"')
        self.scheme = scheme
        self.decode = decode
        self.crf = crf
        self.view = view
        self.word = word
        self.dropout = nn.Dropout(dropout)
        self.overlap = overlap

    def build_tags(self, views: ViewWidths, types: tuple[str, ...] | None) -> None:
        """Make ``classifier`` [C, V] ~ N(0, 0.02), and the transition scores of a CRF, which start at 0."""
        dims = view_dims(views, self.view, self)
        self.space = TagSpace(self.scheme, types)
        self.classifier = nn.Linear(dims.states, len(self.space))
        init_normal(self.classifier)
        allowed = self.space.transitions()
        self.chain = LinearChainCRF(allowed) if self.crf else Constraints(allowed)

    def tag_scores(self, views: Views, batch: Batch) -> Tensor:
        """Return [B, W, C], the scores of the tags of all words."""
        words = word_states(views[self.view], batch, self.word)
        logits: Tensor = self.classifier(self.dropout(words))
        return logits.float()

    @torch.no_grad()
    def decoded(self, logits: Tensor, n_words: Tensor) -> Decoded:
        """Return the tags of all words from their scores."""
        tags = self.chain.viterbi(logits, n_words) if self.decode == "viterbi" else logits.argmax(dim=2)
        log_probs = logits.log_softmax(dim=2)
        if isinstance(self.chain, LinearChainCRF):
            log_probs = self.chain.log_marginals(logits, n_words)
        ends = span_ends(tags, n_words, self.space, strict=self.decode != "lenient")
        return Decoded(tags, log_probs.gather(2, tags.unsqueeze(2)).squeeze(2), ends)

    def found(self, batch: Batch, ends: Tensor) -> Spans:
        """Return the spans of ``ends``, sentence by sentence; everything is on the host."""
        return make_spans(batch, *flat_spans(ends))

    def gold_and_found(self, batch: Batch, ends: Tensor) -> tuple[Spans, Tensor]:
        """Return gold entities, then the spans of ``ends`` that are not gold; and [G] bool, which gold spans ``ends``
        contains. Everything is on the host.
        """
        assert batch.gold is not None
        gold = batch.gold
        start, end = gold.entity_words.unbind(1)
        # a gold span was found if the span that starts at its first word has its end
        place = gold.entity_doc * ends.shape[1] + start
        found = ends.flatten()[place] == end
        taken = torch.zeros_like(ends).flatten().index_add_(0, place, found.long())
        doc, others = flat_spans(ends.masked_fill(taken.view_as(ends) > 0, 0))
        doc, words = torch.cat([gold.entity_doc, doc]), torch.cat([gold.entity_words, others])
        return make_spans(batch, doc, words), found

    def tag_term(self, batch: Batch, logits: Tensor) -> LossTerm:
        """Return one row for each word that has a loss: the scores of its tags, and its gold tag.

        With ``crf`` the scores of a tag are conditional on the gold tag before it, so that the cross-entropies of all
        rows add up to the exact negative log-likelihood of the CRF.
        """
        gold = gold_tags(batch, self.space, self.overlap)
        if isinstance(self.chain, LinearChainCRF):
            logits = self.chain.conditionals(logits, gold.padded, batch.n_words)
        group = torch.div(gold.rows, logits.shape[1], rounding_mode="floor")
        return LossTerm(
            logits.flatten(0, 1).index_select(0, gold.rows), gold.padded.flatten()[gold.rows], group
        )

    def admit(self, docs: Sequence[Doc]) -> list[str]:
        """See `EntityHead.admit`."""
        return admit(docs, self.overlap)

    def unreachable(self, doc: Doc) -> list[str | None]:
        """See `EntityHead.unreachable`: entities that overlap another one which is tagged instead of them."""
        kept = set(taggable(doc, self.overlap))
        extents = {doc.entities[row].extent for row in kept}
        reasons: list[str | None] = [None] * len(doc.entities)
        for row, entity in enumerate(doc.entities):
            if row not in kept:
                overlaps = "overlaps another entity, and a word has one tag"
                reasons[row] = "a second type on one span" if entity.extent in extents else overlaps
        return reasons
