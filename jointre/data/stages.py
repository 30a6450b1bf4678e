"""The data that the stages of a model exchange: views, spans, pairs, and the outputs of the heads.

Symbols: B documents, T word pieces, W words, N spans, P ordered pairs, R pair rows, E entity classes
(class 0 = none), K relation types. All candidates are flat rows over the batch with a document index.
"""

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Literal, Protocol

import torch
from torch import Tensor

from jointre.data.host_copies import HostCopies

Level = Literal["piece", "word"]
"""The units of a view."""
Column = tuple[Tensor, Tensor]
"""Rows, and the index of the row of each pair, so that pairs share rows."""


@dataclass(frozen=True)
class View:
    """One representation of the sequence.

    Args:
        states: [B, S, V] float, S pieces or words.
        mask: [B, S] bool, true for real units (special tokens count as pieces).
        level: whether S counts pieces or words.
        summary: [B, V'] the sentence vector for whoever reads this view, set by a SentenceContext.
        cache: what poolers keep between calls on these states; a replaced view has an empty one.
    """

    states: Tensor
    mask: Tensor
    level: Level
    summary: Tensor | None = None
    cache: dict[Hashable, Any] = field(default_factory=dict, init=False, compare=False, repr=False)

    def longest(self, ranges: Tensor) -> int | None:
        """Return the length of the longest of ``ranges`` [M, 2], one or more, if they are on a GPU and the host knows
        them; None otherwise.
        """
        copies: HostCopies | None = self.cache.get(HostCopies)
        if copies is None or ranges.device.type == "cpu" or not copies.known(ranges) or not len(ranges):
            return None
        start, end = copies.to_host(ranges).unbind(1)
        return int((end - start).max())


@dataclass(frozen=True)
class Spans:
    """Candidate spans: ``doc`` [N], ``words`` [N, 2] and ``pieces`` [N, 2], int64, exclusive ends."""

    doc: Tensor
    words: Tensor
    pieces: Tensor

    def __len__(self) -> int:
        return self.doc.shape[0]

    def __getitem__(self, rows: Tensor) -> "Spans":
        return Spans(self.doc[rows], self.words[rows], self.pieces[rows])

    def keys(self) -> Tensor:
        """Return [N] int64, one number for each document and extent, for documents of less than a million words."""
        return (self.doc << 40) + (self.words[:, 0] << 20) + self.words[:, 1]

    def ranges(self, level: Level) -> Tensor:
        """Return the spans in the units of a view, [N, 2]."""
        return self.pieces if level == "piece" else self.words


@dataclass(frozen=True)
class SpanFeatures:
    """Features of N spans, in parts, so that each stage concatenates what it needs.

    Args:
        doc: [N] batch row.
        pooled: [N, H] | None. width: [N, Z] | None.
        summary: [B, V] | None; one row per document, indexed by ``doc``.
    """

    doc: Tensor
    pooled: Tensor | None = None
    width: Tensor | None = None
    summary: Tensor | None = None

    def __getitem__(self, rows: Tensor) -> "SpanFeatures":
        def pick(part: Tensor | None) -> Tensor | None:
            return None if part is None else part.index_select(0, rows)

        return SpanFeatures(self.doc[rows], pick(self.pooled), pick(self.width), self.summary)

    def concatenated(self) -> Tensor:
        """Return all parts that are not None side by side, [N, summary + pooled + width]."""
        summary = None if self.summary is None else self.summary.index_select(0, self.doc)
        return torch.cat([part for part in (summary, self.pooled, self.width) if part is not None], dim=1)


class SpanRows(Protocol):
    """Returns the features of candidates by row: `SpanFeatures`, or an object that computes them on demand."""

    def __getitem__(self, rows: Tensor) -> SpanFeatures: ...


@dataclass(frozen=True)
class EncoderDims:
    """Widths of an encoder: ``hidden`` of each layer, number of ``layers``, ``pooled`` output or None."""

    hidden: int
    layers: int
    pooled: int | None = None


@dataclass(frozen=True)
class Encoded:
    """``layers``: L+1 tensors [B, T, D], embeddings first; ``pooled``: [B, D] | None."""

    layers: tuple[Tensor, ...]
    pooled: Tensor | None = None


@dataclass(frozen=True)
class ViewDims:
    """Widths of a view: ``states`` and, once a SentenceContext has run, its ``summary``."""

    states: int
    summary: int | None = None


@dataclass(frozen=True)
class SpanDims:
    """Widths of SpanFeatures; None for a part that is absent."""

    pooled: int | None = None
    width: int | None = None
    summary: int | None = None

    @property
    def total(self) -> int:
        """Width of all parts side by side."""
        return sum(part or 0 for part in (self.pooled, self.width, self.summary))


@dataclass(frozen=True)
class PairDims:
    """Widths of PairFeatures: one side (head or tail), the context and the sentence vector; None for an absent part.

    ``cells`` says whether a pair may have several rows.
    """

    side: int
    context: int | None = None
    summary: int | None = None
    cells: bool = False

    @property
    def total(self) -> int:
        """Width of context, sentence vector, head and tail side by side."""
        return (self.context or 0) + (self.summary or 0) + 2 * self.side


@dataclass(frozen=True)
class LossTerm:
    """One term of the loss: scores, targets, and ``group`` [rows] the document of each row, or its pair."""

    logits: Tensor
    targets: Tensor
    group: Tensor


@dataclass(frozen=True)
class EntityOutput:
    """The output of an entity head.

    Args:
        spans, features: N candidates; outside training, features are computed on demand.
        predicted: [N] int64 entity class, 0 = none. score: [N] its probability.
        gold: [N] int64 gold class in training, else None.
        gold_rows: [G] the candidate row of each gold entity of the batch, in training, else None.
        terms: the loss terms by name; empty outside training.
        likeliest, likeliest_score: [N] int64 the likeliest class other than none, and its probability; None if every
            candidate has a type.
    """

    spans: Spans
    features: SpanRows
    predicted: Tensor
    score: Tensor
    gold: Tensor | None = None
    gold_rows: Tensor | None = None
    terms: Mapping[str, LossTerm] = field(default_factory=dict)
    likeliest: Tensor | None = None
    likeliest_score: Tensor | None = None

    def decided(self) -> "EntityOutput":
        """Return what was decided about the candidates, without their features and loss terms."""
        return replace(self, features=SpanFeatures(self.spans.doc), terms={})

    @property
    def typed(self) -> tuple[Tensor, Tensor]:
        """Return a class other than none for every candidate, [N], and its probability."""
        if self.likeliest is None or self.likeliest_score is None:
            return self.predicted, self.score
        return self.likeliest, self.likeliest_score


@dataclass(frozen=True)
class Pairs:
    """Ordered candidate pairs.

    Args:
        doc, head, tail: [P] int64; head and tail are rows of the spans.
        label: [N] int64 the entity class that the relation stage uses (gold or predicted).
        targets: [P, K] float multi-hot in training, else None; K columns of `RelationClasses`.
        missed: gold pairs with a relation that are not among the candidates, if a sampler returns them: [M] document
            and [M, K] targets of each.
    """

    doc: Tensor
    head: Tensor
    tail: Tensor
    label: Tensor
    targets: Tensor | None = None
    missed: tuple[Tensor, Tensor] | None = None

    def __len__(self) -> int:
        return self.doc.shape[0]

    def slice(self, start: int, stop: int) -> "Pairs":
        """Return the pairs from ``start`` to ``stop``, as views of these."""
        targets = None if self.targets is None else self.targets[start:stop]
        return replace(
            self,
            doc=self.doc[start:stop],
            head=self.head[start:stop],
            tail=self.tail[start:stop],
            targets=targets,
        )


@dataclass(frozen=True)
class PairFeatures:
    """Features of R pair rows, kept as rows plus indices so that a linear head can project each row once.

    Args:
        side: [K, H] one row per span that is part of a pair.
        head, tail: [R] int64 rows of ``side``.
        contexts: the parts that belong to neither side, each with its rows [C, Hc], which pairs share, and [R] int64
            indices of these rows.
        pair: [R] int64 the pair of the row (several rows per pair for token-block heads).
        summary: [B, V] | None, the sentence vector, one row per document.
        doc: [R] int64 rows of ``summary`` | None.
        tail_side: [K', H] | None, the rows that ``tail`` indexes if they are not those of ``side``.
        terms: the pair extractor's own loss terms by name, in training.
        types: [P, 2] int64, the entity classes of head and tail that the pair sampler passes on (`Pairs.label`), 0 for
            none; `PairExtractor` sets them.
    """

    side: Tensor
    head: Tensor
    tail: Tensor
    contexts: Sequence[Column]
    pair: Tensor
    summary: Tensor | None = None
    doc: Tensor | None = None
    tail_side: Tensor | None = None
    terms: Mapping[str, LossTerm] = field(default_factory=dict)
    types: Tensor | None = None

    @property
    def tails(self) -> Tensor:
        """Return the rows that ``tail`` indexes, [K or K', H]."""
        return self.side if self.tail_side is None else self.tail_side

    def columns(self) -> list[Column]:
        """Return contexts, sentence, head and tail of the pairs, each as its rows and indices [R] of these rows."""
        sentence = [] if self.summary is None or self.doc is None else [(self.summary, self.doc)]
        return [*self.contexts, *sentence, (self.side, self.head), (self.tails, self.tail)]


@dataclass(frozen=True)
class RelationOutput:
    """``logits`` [R, C] per row; per pair ``probs`` [P, K] and ``holds`` [P, K] bool, the relations found."""

    logits: Tensor
    probs: Tensor
    holds: Tensor


@dataclass(frozen=True)
class Prediction:
    """What a model found in a batch, as flat rows over the candidate spans that were kept; on the host.

    Args:
        entity_doc: [K] batch row; entity_words: [K, 2]; entity_label: [K] class from 1; entity_score: [K].
        head, tail: [M] rows of the entities; label: [M] relation type; score: [M]. By head, tail and label.
        typed: [K] bool, whether the span has a predicted type; the others are only kept as arguments of relations.
        given: whether the entities were given, and are all kept.
    """

    entity_doc: Tensor
    entity_words: Tensor
    entity_label: Tensor
    entity_score: Tensor
    head: Tensor
    tail: Tensor
    label: Tensor
    score: Tensor
    typed: Tensor
    given: bool = False

    def only(self, entities: Tensor | None = None, relations: Tensor | None = None) -> "Prediction":
        """Return the chosen entities and relations: [K] and [M] bool, None for all.

        A relation with an argument that is not chosen is left out. So is a span without a predicted type if it has no
        relation left.
        """
        chosen = torch.ones_like(self.typed) if entities is None else entities
        kept = chosen[self.head] & chosen[self.tail]
        kept = kept if relations is None else kept & relations
        head, tail = self.head[kept], self.tail[kept]
        related = self.typed.clone()
        related[head] = related[tail] = True
        rows = torch.nonzero(chosen & related).squeeze(1)
        return Prediction(
            self.entity_doc[rows],
            self.entity_words[rows],
            self.entity_label[rows],
            self.entity_score[rows],
            torch.searchsorted(rows, head),
            torch.searchsorted(rows, tail),
            self.label[kept],
            self.score[kept],
            self.typed[rows],
            self.given,
        )
