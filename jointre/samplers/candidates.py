"""Ordered pairs of the entities that an entity head finds, already in training."""

from collections.abc import Sequence
from typing import Literal

import numpy as np
import torch
from torch import Tensor

from jointre.data.batch import Batch
from jointre.data.views import EntityOutput, Pairs
from jointre.registry import registry
from jointre.samplers.base import ENTITIES, taught, to_device
from jointre.samplers.capped import CappedPairs
from jointre.samplers.gold_pairs import Match, gold_entities, gold_relations
from jointre.schedules.base import Schedule


@registry.samplers("jointre.candidate_pairs.v1")
class CandidatePairs(CappedPairs):
    """Giorgi et al.'s pairs (section 3.1 of its specification): all ordered pairs of found entities.

    In training, too, the entities are those that the head finds. A pair is related if both of its labels are right:
    fed label and gold label of the same entity agree. Relations of entities that were not found are left out.

    Args:
        candidates: what is paired in training: ``predicted`` entities, ``gold`` ones, or the ``union`` of both.
        teacher: share of the sentences that are fed gold labels in training, drawn a sentence; null for none. A gold
            entity that was not predicted is fed its gold label.
        match: which gold entity a candidate is: the one with the same ``span``, or with the same ``last_word`` as in
            the published code.
        negatives: most unrelated pairs a sentence in training, drawn without replacement; null for all.
        max_spans: most entities a document that are paired, those with the highest scores; null for all.
    """

    def __init__(
        self,
        candidates: Literal["predicted", "gold", "union"] = "predicted",
        teacher: Schedule | None = None,
        match: Match = "span",
        negatives: int | None = None,
        max_spans: int | None = 1000,
    ) -> None:
        super().__init__(negatives, max_spans)
        self.candidates = candidates
        self.teacher = teacher
        self.match: Match = match
        self.exact = match == "span"

    def train(self, entities: EntityOutput, batch: Batch) -> Pairs:
        """See `CappedPairs.train`."""
        assert entities.gold is not None
        chosen = {"predicted": entities.predicted > 0, "gold": entities.gold > 0}
        chosen["union"] = chosen["predicted"] | chosen["gold"]
        pairs = self.ordered(entities, chosen[self.candidates], batch).whole()
        return self._labelled(pairs, entities, batch)

    def fed(self, entities: EntityOutput, batch: Batch) -> Tensor:
        """[N] the label of each candidate that the relation stage reads in training."""
        assert entities.gold is not None
        told = taught(self.teacher, batch, ENTITIES)[entities.spans.doc] & (entities.gold > 0)
        return torch.where(told | (entities.predicted == 0), entities.gold, entities.predicted)

    def _labelled(self, pairs: Pairs, entities: EntityOutput, batch: Batch) -> Pairs:
        """The pairs with fed labels and targets; of those without a target as many as asked for."""
        assert batch.gold is not None
        label = self.fed(entities, batch)
        found = gold_entities(entities.spans, label, batch.gold, self.match)
        targets = gold_relations(found, pairs, batch.gold)
        keep = to_device(self._kept(pairs.doc.tolist(), np.any(targets > 0, axis=1), batch), batch)
        hot = to_device(targets, batch)
        return Pairs(pairs.doc[keep], pairs.head[keep], pairs.tail[keep], label, hot[keep])

    def _kept(self, doc: Sequence[int], positive: np.ndarray, batch: Batch) -> np.ndarray:
        """Rows of the pairs that stay, in their order."""
        if self.negatives is None:
            return np.arange(len(positive))
        place = np.array(doc, dtype=np.int64)
        kept = [np.flatnonzero(positive)]
        for row in range(len(batch)):
            free = np.flatnonzero((place == row) & ~positive)
            drawn = batch.rng(row).spawn(1)[0].permutation(len(free))[: self.negatives]
            kept.append(free[drawn])
        return np.sort(np.concatenate(kept))
