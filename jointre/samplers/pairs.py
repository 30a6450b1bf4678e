"""Ordered pairs of entities: gold ones in training, predicted ones otherwise."""

from collections.abc import Iterable, Mapping
from itertools import permutations

import numpy as np
import torch

from jointre.data.batch import Batch
from jointre.data.doc import Doc
from jointre.data.views import EntityOutput, Pairs
from jointre.registry import registry
from jointre.samplers.base import PairSampler

Sample = tuple[int, int, tuple[str, ...]]


@registry.samplers("jointre.entity_pairs.v1")
class EntityPairs(PairSampler):
    """SpERT's pairs (sections 3 and 4).

    Prediction: all ordered pairs of distinct spans that were given a type. Training: pairs of gold entities;
    each related pair, and ``negatives`` others a document without replacement. The reverse of a directed
    relation is a negative.

    Args:
        negatives: most negative pairs a document in training.
        symmetric_reverse_negative: whether the reverse of a symmetric relation may be drawn as a negative
            (the published code since its commit 7b27b7d; false reproduces the paper's commit).
        merge_multi_label: whether several types on one pair are one sample with several targets; false gives
            one sample a relation, as the paper's commit did.
    """

    def __init__(
        self,
        negatives: int = 100,
        symmetric_reverse_negative: bool = True,
        merge_multi_label: bool = True,
    ) -> None:
        if negatives < 0:
            raise ValueError("negatives must be 0 or more")
        self.negatives = negatives
        self.symmetric_reverse_negative = symmetric_reverse_negative
        self.merge_multi_label = merge_multi_label

    def sample(self, entities: EntityOutput, batch: Batch, training: bool) -> Pairs:
        """See `PairSampler.sample`."""
        return self._gold(entities, batch) if training else predicted_pairs(entities, len(batch))

    def _gold(self, entities: EntityOutput, batch: Batch) -> Pairs:
        assert batch.gold is not None and entities.gold is not None and entities.gold_rows is not None
        labels = batch.gold.labels
        columns = {label: column for column, label in enumerate(labels.relations)}
        rows: list[tuple[int, int, int]] = []
        hot: list[tuple[int, int]] = []
        first = 0
        for row, doc in enumerate(batch.docs):
            for head, tail, types in self.draw(doc, labels.symmetric, batch.rng(row)):
                hot += [(len(rows), columns[label]) for label in types]
                rows.append((row, first + head, first + tail))
            first += len(doc.entities)
        device = batch.ids.device
        table = torch.tensor(rows, dtype=torch.int64, device=device).reshape(-1, 3)
        targets = torch.zeros(len(rows), len(columns), device=device)
        if hot:
            at = torch.tensor(hot, device=device)
            targets[at[:, 0], at[:, 1]] = 1.0
        gold_rows = entities.gold_rows
        return Pairs(table[:, 0], gold_rows[table[:, 1]], gold_rows[table[:, 2]], entities.gold, targets)

    def draw(self, doc: Doc, symmetric: frozenset[str], rng: np.random.Generator) -> list[Sample]:
        """Positive and negative samples (head, tail, labels) over the entities of one document."""
        positive: dict[tuple[int, int], list[str]] = {}
        for relation in doc.relations:
            positive.setdefault((relation.head, relation.tail), []).append(relation.label)
        if self.merge_multi_label:
            samples: list[Sample] = [(h, t, tuple(labels)) for (h, t), labels in positive.items()]
        else:
            samples = [(relation.head, relation.tail, (relation.label,)) for relation in doc.relations]
        pool = self._pool(doc, positive, symmetric)
        if not pool:
            return samples
        chosen = rng.choice(len(pool), size=min(len(pool), self.negatives), replace=False)
        return samples + [(*pool[i], ()) for i in chosen.tolist()]

    def _pool(
        self, doc: Doc, positive: Mapping[tuple[int, int], Iterable[str]], symmetric: frozenset[str]
    ) -> list[tuple[int, int]]:
        """Ordered pairs of gold entities with different extents that are not related."""
        extents = [(entity.start, entity.end) for entity in doc.entities]
        taken = {(extents[h], extents[t]) for h, t in positive}
        if not self.symmetric_reverse_negative:
            related = [pair for pair, labels in positive.items() if symmetric.intersection(labels)]
            taken |= {(extents[t], extents[h]) for h, t in related}
        return [
            (h, t)
            for h, t in permutations(range(len(extents)), 2)
            if extents[h] != extents[t] and (extents[h], extents[t]) not in taken
        ]


def predicted_pairs(entities: EntityOutput, n_docs: int) -> Pairs:
    """All ordered pairs of distinct predicted spans of each document, in candidate order."""
    kept = torch.nonzero(entities.predicted).squeeze(1)
    kept = kept[torch.argsort(entities.spans.doc[kept], stable=True)]
    count = torch.bincount(entities.spans.doc[kept], minlength=n_docs)
    first = torch.cumsum(count, 0) - count
    squares = count * count
    doc = torch.repeat_interleave(torch.arange(n_docs, device=kept.device), squares)
    local = torch.arange(doc.shape[0], device=kept.device) - (torch.cumsum(squares, 0) - squares)[doc]
    head = local // count[doc].clamp(min=1)
    tail = local - head * count[doc]
    distinct = head != tail
    doc, head, tail = doc[distinct], head[distinct], tail[distinct]
    return Pairs(doc, kept[first[doc] + head], kept[first[doc] + tail], entities.predicted)
