"""Ordered pairs of entities: gold ones in training, predicted ones otherwise."""

from typing import Literal

import numpy as np
import torch
from torch import Tensor

from jointre.data.batch import Batch
from jointre.data.doc import Doc
from jointre.data.stages import EntityOutput, Pairs
from jointre.limits import NonNegativeInt, TwoOrMore
from jointre.registry import registry
from jointre.samplers.capped import CappedPairs
from jointre.samplers.negatives import Extent, unrelated_pairs
from jointre.samplers.ordered import OrderedPairs

Sample = tuple[int, int, tuple[str, ...]]


@registry.samplers("jointre.entity_pairs.v1")
class EntityPairs(CappedPairs):
    """SpERT's pairs (SpERT, Section 3.1).

    In prediction, these are all ordered pairs of different spans with a predicted type. In training, they are pairs of
    gold entities: each related pair, and ``negatives`` others per document, drawn without replacement. The reverse of a
    directed relation is a negative.

    Args:
        negatives: maximum number of negative pairs per document in training; null for all, 0 for related pairs only.
        symmetric_reverse_negative: whether the reverse of a symmetric relation may be drawn as a negative, as in the
            published code since its commit 7b27b7d; false reproduces the paper's commit.
        merge_multi_label: whether several types on one pair are one sample with several targets; false gives one sample
            per relation, as in the paper's commit.
        negative_pairs: ``gold`` draws negatives from pairs of gold entities; ``spans`` from pairs of any candidates,
            including the negative spans of the entity head: weak negatives (SpERT, Section 4.2).
        candidates: what is paired in prediction: ``entities``, the spans with a predicted type, or all ``spans``. An
            argument without a predicted type then gets its likeliest one.
        max_spans: maximum number of spans per document that are paired in prediction, those with the highest scores;
            the number of affected documents is reported. Null for all.
    """

    def __init__(
        self,
        negatives: NonNegativeInt | None = 100,
        symmetric_reverse_negative: bool = True,
        merge_multi_label: bool = True,
        negative_pairs: Literal["gold", "spans"] = "gold",
        candidates: Literal["entities", "spans"] = "entities",
        max_spans: TwoOrMore | None = 1000,
    ) -> None:
        super().__init__(negatives, max_spans)
        self.symmetric_reverse_negative = symmetric_reverse_negative
        self.merge_multi_label = merge_multi_label
        self.negative_pairs = negative_pairs
        self.candidates = candidates
        self.untyped = candidates == "spans"

    def train(self, entities: EntityOutput, batch: Batch) -> Pairs:
        """See `CappedPairs.train`."""
        pairs = self._gold(entities, batch)
        if self.negative_pairs == "spans":
            pairs = self._with_weak(pairs, entities, batch)
        return batch.to_device(pairs)

    def chosen(self, entities: EntityOutput) -> Tensor:
        """See `CappedPairs.chosen`; with ``candidates = "spans"`` all candidates."""
        return entities.predicted >= 0 if self.untyped else super().chosen(entities)

    def _with_weak(self, positive: Pairs, entities: EntityOutput, batch: Batch) -> Pairs:
        """Return the positive pairs, followed by the weak negatives of each document, on the host."""
        assert batch.gold is not None and positive.targets is not None
        on_host = batch.to_host(entities.spans)
        spans = [tuple(span) for span in on_host.words.tolist()]
        rows: list[list[int]] = [[] for _ in batch.docs]
        for place, row in enumerate(on_host.doc.tolist()):
            rows[row].append(place)
        drawn = []
        for row, doc in enumerate(batch.docs):
            own = np.array(rows[row], dtype=np.int64)
            related = self._related(doc, batch.gold.labels.symmetric)
            rng = batch.rng(row).spawn(1)[0]  # independent of the generator that chose the spans
            pairs = own[unrelated_pairs([spans[place] for place in own], related, self.negatives, rng)]
            drawn.append(np.column_stack([np.full(len(pairs), row), pairs]))
        table = torch.from_numpy(np.concatenate(drawn))
        zeros = positive.targets.new_zeros(len(table), positive.targets.shape[1])
        return Pairs(
            torch.cat([positive.doc, table[:, 0]]),
            torch.cat([positive.head, table[:, 1]]),
            torch.cat([positive.tail, table[:, 2]]),
            positive.label,
            torch.cat([positive.targets, zeros]),
        )

    def _gold(self, entities: EntityOutput, batch: Batch) -> Pairs:
        """Return pairs of gold entities on the host, except the labels, which stay where they are."""
        assert batch.gold is not None and entities.gold is not None and entities.gold_rows is not None
        labels = batch.gold.labels
        columns = {label: column for column, label in enumerate(labels.relations)}
        rows: list[tuple[int, int, int]] = []
        hot: list[tuple[int, int]] = []
        first = 0
        for row, doc in enumerate(batch.docs):
            for one, other, types in self.draw(doc, labels.symmetric, batch.rng(row)):
                hot += [(len(rows), columns[label]) for label in types]
                rows.append((row, first + one, first + other))
            first += len(doc.entities)
        targets = np.zeros((len(rows), len(columns)), dtype=np.float32)
        if hot:
            targets[tuple(np.array(hot).T)] = 1.0
        of_doc, head, tail = torch.from_numpy(np.array(rows, dtype=np.int64).reshape(-1, 3)).unbind(1)
        gold_rows = batch.to_host(entities.gold_rows)
        ends = gold_rows[head], gold_rows[tail]
        return Pairs(of_doc, *ends, entities.gold, torch.from_numpy(targets))

    def draw(self, doc: Doc, symmetric: frozenset[str], rng: np.random.Generator) -> list[Sample]:
        """Return positive and negative samples (head, tail, labels) over the entities of one document."""
        positive: dict[tuple[int, int], list[str]] = {}
        for relation in doc.relations:
            positive.setdefault((relation.head, relation.tail), []).append(relation.label)
        if self.merge_multi_label:
            samples: list[Sample] = [(h, t, tuple(labels)) for (h, t), labels in positive.items()]
        else:
            samples = [(relation.head, relation.tail, (relation.label,)) for relation in doc.relations]
        if self.negative_pairs == "spans":
            return samples
        extents = [entity.extent for entity in doc.entities]
        drawn = unrelated_pairs(extents, self._related(doc, symmetric), self.negatives, rng)
        return samples + [(head, tail, ()) for head, tail in drawn.tolist()]

    def _related(self, doc: Doc, symmetric: frozenset[str]) -> set[tuple[Extent, Extent]]:
        """Return the ordered pairs of extents that are not negatives."""
        extents = [entity.extent for entity in doc.entities]
        taken = {(extents[r.head], extents[r.tail]) for r in doc.relations}
        if not self.symmetric_reverse_negative:
            either = [r for r in doc.relations if r.label in symmetric]
            taken |= {(extents[r.tail], extents[r.head]) for r in either}
        return taken


def predicted_pairs(entities: EntityOutput, n_docs: int) -> Pairs:
    """Return all ordered pairs of different predicted spans of each document, in candidate order."""
    return OrderedPairs(entities, torch.nonzero(entities.predicted).squeeze(1), n_docs).whole()
