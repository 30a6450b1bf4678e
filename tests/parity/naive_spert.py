"""SpERT written down straight from its equations: one sentence, one span, one pair at a time. The oracle.

Written from the definition alone. The attributes of `NaiveSpert` are
named like those of the published implementation, so that its ``state_dict`` is a checkpoint in that layout.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from transformers import BertConfig, BertModel

Range = tuple[int, int]
Entity = tuple[int, int, str]


@dataclass(frozen=True)
class Sentence:
    """Words, their piece ids with [CLS] and [SEP], and the piece range of each word."""

    words: list[str]
    ids: list[int]
    pieces: list[Range]

    def extent(self, span: Range) -> Range:
        """Piece range of the words [start, end)."""
        return self.pieces[span[0]][0], self.pieces[span[1] - 1][1]


def encode(words: Sequence[str], split: Callable[[str], list[int]], cls: int, sep: int, unk: int) -> Sentence:
    """Each word on its own; a word without pieces becomes one [UNK]."""
    ids, pieces = [cls], []
    for word in words:
        own = split(word) or [unk]
        pieces.append((len(ids), len(ids) + len(own)))
        ids += own
    return Sentence(list(words), [*ids, sep], pieces)


def between(one: Range, other: Range) -> Range:
    """What lies strictly between two extents; start == end or more if nothing does."""
    return (one[1], other[0]) if one[1] < other[0] else (other[1], one[0])


def pooled(rows: Sequence[Tensor], how: str) -> Tensor:
    """The vectors of some pieces as one."""
    stacked = torch.stack(list(rows))
    if how == "sum":
        return stacked.sum(dim=0)
    return stacked.mean(dim=0) if how == "mean" else stacked.max(dim=0).values


def all_spans(n_words: int, max_width: int) -> list[Range]:
    """Width by width, then by start."""
    return [(s, s + w) for w in range(1, max_width + 1) for s in range(n_words - w + 1)]


class NaiveSpert(nn.Module):
    """``pooling`` and ``context`` are ablations."""

    def __init__(
        self,
        config: BertConfig,
        entities: Sequence[str],
        relations: Sequence[str],
        symmetric: Sequence[str] = (),
        width: int = 25,
        rows: int = 100,
        pooling: str = "max",
        context: str = "local",
    ) -> None:
        super().__init__()
        hidden = config.hidden_size
        self.bert = BertModel(config)
        self.rel_classifier = nn.Linear(3 * hidden + 2 * width, len(relations))
        self.entity_classifier = nn.Linear(2 * hidden + width, len(entities) + 1)
        self.size_embeddings = nn.Embedding(rows, width)
        self.entities, self.relations, self.symmetric = list(entities), list(relations), set(symmetric)
        self.pooling, self.context = pooling, context

    def states(self, sentence: Sentence) -> Tensor:
        """[T, d] the last layer."""
        return self.bert(input_ids=torch.tensor([sentence.ids])).last_hidden_state[0]

    def pool(self, states: Tensor, extent: Range) -> Tensor:
        """The span vector g(s)."""
        return pooled([states[t] for t in range(*extent)], self.pooling)

    def width(self, span: Range) -> Tensor:
        """The width vector w(s)."""
        return self.size_embeddings.weight[span[1] - span[0]]

    def local(self, states: Tensor, one: Range, other: Range) -> Tensor:
        """The context c, always a maximum; zeros if nothing lies between."""
        if self.context == "cls":
            return states[0]
        start, end = between(one, other)
        if start >= end:
            return torch.zeros_like(states[0])
        return pooled([states[t] for t in range(start, end)], "max")

    def entity_logits(self, states: Tensor, sentence: Sentence, span: Range) -> Tensor:
        """[CLS; span; width]."""
        features = [states[0], self.pool(states, sentence.extent(span)), self.width(span)]
        return self.entity_classifier(torch.cat(features))

    def relation_logits(self, states: Tensor, sentence: Sentence, head: Range, tail: Range) -> Tensor:
        """[context; head; tail; head width; tail width]."""
        one, other = sentence.extent(head), sentence.extent(tail)
        both = [self.pool(states, one), self.pool(states, other)]
        features = [self.local(states, one, other), *both, self.width(head), self.width(tail)]
        return self.rel_classifier(torch.cat(features))


@dataclass(frozen=True)
class Samples:
    """Training samples of a sentence: (span, class) and (head span, tail span, one 0 or 1 a relation type)."""

    sentence: Sentence
    spans: list[tuple[Range, int]]
    pairs: list[tuple[Range, Range, list[float]]]


def training_loss(model: NaiveSpert, batch: Sequence[Samples]) -> Tensor:
    """Means over all spans and over all pairs of the batch; over the relation types, too."""
    span_losses, pair_losses = [], []
    for sample in batch:
        states = model.states(sample.sentence)
        for span, label in sample.spans:
            logits = model.entity_logits(states, sample.sentence, span)
            span_losses.append(torch.logsumexp(logits, dim=0) - logits[label])
        for head, tail, target in sample.pairs:
            logits = model.relation_logits(states, sample.sentence, head, tail)
            types = [torch.log1p(torch.exp(y)) - t * y for y, t in zip(logits, target, strict=True)]
            pair_losses.append(torch.stack(types).mean())
    loss = torch.stack(span_losses).mean()
    return loss + torch.stack(pair_losses).mean() if pair_losses else loss


Relation = tuple[Entity, Entity, str]


@dataclass(frozen=True)
class Found:
    """A prediction: entities and relations, each with its score."""

    entities: dict[Entity, float]
    relations: dict[Relation, float]


@torch.no_grad()
def predict(model: NaiveSpert, sentence: Sentence, max_width: int, threshold: float) -> Found:
    states = model.states(sentence)
    kept: list[Entity] = []
    scores: list[float] = []
    for span in all_spans(len(sentence.words), max_width):
        probabilities = torch.softmax(model.entity_logits(states, sentence, span), dim=0)
        label = int(probabilities.argmax())
        if label > 0:
            kept.append((*span, model.entities[label - 1]))
            scores.append(float(probabilities[label]))
    scored: list[tuple[Entity, Entity, Tensor]] = []
    for head in kept:
        for tail in kept:
            if head != tail:
                logits = model.relation_logits(states, sentence, head[:2], tail[:2])
                scored.append((head, tail, torch.sigmoid(logits)))
    relations = decode(scored, model.relations, model.symmetric, threshold)
    return Found(dict(zip(kept, scores, strict=True)), relations)


def decode(
    scored: Sequence[tuple[Entity, Entity, Tensor]],
    relations: Sequence[str],
    symmetric: set[str],
    threshold: float,
) -> dict[Relation, float]:
    """Threshold, direction of symmetric types, the first of equal ones."""
    found: dict[Relation, float] = {}
    for head, tail, probabilities in scored:
        for label, probability in zip(relations, probabilities, strict=True):
            if not bool(probability >= threshold):
                continue
            swap = label in symmetric and tail[0] < head[0]
            relation = (tail, head, label) if swap else (head, tail, label)
            if relation not in found:
                found[relation] = float(probability)
    return found
