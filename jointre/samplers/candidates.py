"""Pairs of the entities that an entity head finds, in training, too."""

from typing import Literal

import numpy as np
import torch
from torch import Tensor

from jointre.data.batch import Batch
from jointre.data.relation_classes import Order
from jointre.data.stages import EntityOutput, Pairs
from jointre.limits import NonNegativeInt, TwoOrMore
from jointre.registry import registry
from jointre.samplers.base import ENTITIES, taught
from jointre.samplers.capped import CappedPairs
from jointre.samplers.gold_pairs import Match, gold_entities, gold_relations, missed_relations
from jointre.samplers.ordered import text_rank
from jointre.schedules.base import Schedule


@registry.samplers("jointre.candidate_pairs.v1")
class CandidatePairs(CappedPairs):
    """Pairs of found entities, in training, too: those of Giorgi et al. (Giorgi et al., Section 2) and of ENPAR.

    A pair is related if its entities are correct. Relations of entities that were not found are left out, unless
    ``related`` adds them. ENPAR's pairs (ENPAR, Section 2.4) need ``candidates = "scheduled"``, ``match = "extent"``,
    ``order = "text"`` and ``related = true``.

    Args:
        candidates: what is paired in training: ``predicted`` entities, ``gold`` entities, the ``union`` of both, or
            ``scheduled``: gold ones in the sentences that follow the teacher, predicted ones in the others.
        teacher: share of the sentences that receive gold labels in training, drawn for each sentence; null for none. A
            gold entity that was not predicted always receives its gold label.
        match: when a candidate counts as a gold entity: with the same ``span`` and label; with the same ``last_word``
            and label, as in Giorgi et al.'s published code; or with the same ``extent``, whatever the label.
        negatives: maximum number of unrelated pairs per sentence in training, drawn without replacement; null for all.
        max_spans: maximum number of entities per document that are paired, those with the highest scores; null for all.
        order: ``both`` pairs two entities twice, each once as head. ``text`` pairs them once, the earlier one as head;
            relation types then have a direction (`RelationClasses`). ``mirrored`` pairs them twice, with such types,
            and decides both pairs together, as in PL-Marker.
        related: whether all related gold entities are paired in training, too.
        missed: relations of entities that were not found are ``left_out`` of the loss, or ``constant``, as in Giorgi et
            al.'s published code: a row of equal scores each, which has no gradient but counts in the mean.
    """

    def __init__(
        self,
        candidates: Literal["predicted", "gold", "union", "scheduled"] = "predicted",
        teacher: Schedule | None = None,
        match: Match = "span",
        negatives: NonNegativeInt | None = None,
        max_spans: TwoOrMore | None = 1000,
        order: Order = "both",
        related: bool = False,
        missed: Literal["left_out", "constant"] = "left_out",
    ) -> None:
        super().__init__(negatives, max_spans)
        if missed == "constant" and order != "both":
            raise ValueError('missed = "constant" needs order = "both"')
        if related and order == "mirrored":
            raise ValueError('related = true needs order = "both" or "text"')
        self.missed = missed
        self.candidates = candidates
        self.teacher = teacher
        self.match: Match = match
        self.exact = match != "last_word"
        self.order: Order = order
        self.related = related

    def train(self, entities: EntityOutput, batch: Batch) -> Pairs:
        """See `CappedPairs.train`."""
        entities, batch_on_host = batch.to_host(entities.decided()), batch.on_host()
        pairs = self.ordered(entities, self._paired(entities, batch_on_host), batch_on_host).whole()
        if self.related:
            pairs = self._with_related(pairs, entities, batch_on_host)
        return batch.to_device(self._labelled(pairs, entities, batch_on_host))

    def _paired(self, entities: EntityOutput, batch: Batch) -> Tensor:
        """Return [N] bool, the candidates that are paired in training."""
        assert entities.gold is not None
        predicted, gold = entities.predicted > 0, entities.gold > 0
        if self.candidates == "scheduled":
            return torch.where(taught(self.teacher, batch, ENTITIES)[entities.spans.doc], gold, predicted)
        return {"predicted": predicted, "gold": gold, "union": predicted | gold}[self.candidates]

    def _with_related(self, pairs: Pairs, entities: EntityOutput, batch: Batch) -> Pairs:
        """Return the pairs, followed by the related pairs of gold entities that are not among them."""
        assert batch.gold is not None and entities.gold_rows is not None
        head, tail = (
            entities.gold_rows[side] for side in (batch.gold.relation_head, batch.gold.relation_tail)
        )
        if self.order == "text":
            rank = text_rank(entities.spans)
            turned = rank[head] > rank[tail]
            head, tail = torch.where(turned, tail, head), torch.where(turned, head, tail)
        # one number per pair, to find those that are not there yet
        n_spans = len(entities.spans)
        key = torch.unique(head * n_spans + tail)
        key = key[~torch.isin(key, pairs.head * n_spans + pairs.tail)]
        head = torch.div(key, max(n_spans, 1), rounding_mode="floor")
        added = entities.spans.doc[head], head, key - head * n_spans
        columns = zip((pairs.doc, pairs.head, pairs.tail), added, strict=True)
        doc, head, tail = (torch.cat(parts) for parts in columns)
        return Pairs(doc, head, tail, pairs.label)

    def paired_types(self, entities: EntityOutput, batch: Batch) -> Tensor:
        """See `PairSampler.paired_types`; with ``related``, gold entities with a relation may be in a pair, too."""
        paired = self._paired(entities, batch)
        if self.related:
            assert batch.gold is not None and entities.gold_rows is not None
            rows = entities.gold_rows[torch.cat([batch.gold.relation_head, batch.gold.relation_tail])]
            paired = paired.index_fill(0, rows, True)
        return self.fed(entities, batch).masked_fill(~paired, 0)

    def fed(self, entities: EntityOutput, batch: Batch) -> Tensor:
        """Return [N] int64, the label of each candidate that the relation stage receives in training."""
        assert entities.gold is not None
        gold_fed = taught(self.teacher, batch, ENTITIES)[entities.spans.doc] & (entities.gold > 0)
        return torch.where(gold_fed | (entities.predicted == 0), entities.gold, entities.predicted)

    def _labelled(self, pairs: Pairs, entities: EntityOutput, batch: Batch) -> Pairs:
        """Return the pairs with labels and targets, and at most ``negatives`` pairs per sentence without a target."""
        assert batch.gold is not None and entities.gold_rows is not None
        label = self.fed(entities, batch)
        found = gold_entities(entities.spans, label, batch.gold, self.match)
        same = found[entities.gold_rows.numpy()] if self.match == "extent" else None
        targets = gold_relations(found, pairs, batch.gold, self.order, same)
        keep = torch.from_numpy(self._kept(pairs.doc.numpy(), np.any(targets > 0, axis=1), batch))
        missed = None
        if self.missed == "constant":
            doc, others = map(torch.from_numpy, missed_relations(found, pairs, batch.gold))
            missed = doc, others
        hot = torch.from_numpy(targets)[keep]
        return Pairs(pairs.doc[keep], pairs.head[keep], pairs.tail[keep], label, hot, missed)

    def _kept(self, doc: np.ndarray, positive: np.ndarray, batch: Batch) -> np.ndarray:
        """Return the rows of the pairs that are kept, in their order."""
        if self.negatives is None:
            return np.arange(len(positive))
        kept = [np.flatnonzero(positive)]
        for row in range(len(batch)):
            free = np.flatnonzero((doc == row) & ~positive)
            drawn = batch.rng(row).spawn(1)[0].permutation(len(free))[: self.negatives]
            kept.append(free[drawn])
        return np.sort(np.concatenate(kept))
