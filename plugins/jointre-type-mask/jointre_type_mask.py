"""A relation head for jointre: only relation types that the types of both entities allow."""

from collections.abc import Iterable, Sequence

import torch
from jointre.data.relation_classes import RelationClasses
from jointre.data.stages import PairDims, PairFeatures, RelationOutput
from jointre.errors import BuildError, Fault
from jointre.relation_heads.base import RelationHead
from torch import Tensor

FLOOR = -20.0
"""The score of a type that is not allowed: its probability is 2e-9, and its loss is as good as zero."""


class TypeMaskHead(RelationHead):
    """Scores pairs with another head, and takes away the types that do not occur between their entity types.

    A person can work for a company, but not for a date: the head that is masked need not learn this. Unlike
    `jointre.type_triples.v1`, which filters predictions, the mask is part of training, and of the classes that one
    class per pair is chosen from.

    Args:
        head: scores the pairs.
        triples: the allowed types of head, relation and tail; null for those of the training corpus. Without either, as
            in a model that is laid out without a corpus, everything is allowed.
    """

    def __init__(self, head: RelationHead, triples: list[tuple[str, str, str]] | None = None) -> None:
        super().__init__()
        self.head = head
        self.triples = triples
        self.decision = head.decision

    @property
    def encoding(self) -> Sequence[str]:  # type: ignore[override]
        """See `RelationHead`."""
        return [f"head.{prefix}" for prefix in self.head.encoding]

    def build(self, pairs: PairDims, types: RelationClasses) -> None:
        """Build the head; make ``allowed`` [E + 1, E + 1, K], which follows from the types and is not saved."""
        if pairs.cells:
            fault = Fault("a mask needs one row per pair", remedy="choose another pair extractor")
            raise BuildError("components do not fit", [fault])
        self.head.build(pairs, types)
        self.register_buffer("allowed", self._mask(types), persistent=False)

    def _mask(self, types: RelationClasses) -> Tensor:
        labels = types.labels
        triples = labels.triples if self.triples is None else self.triples
        size = 1 + len(labels.entities)
        if triples is None:
            return torch.ones(size, size, len(types), dtype=torch.bool)
        entity = {name: number for number, name in enumerate(labels.entities, start=1)}
        relation = {name: number for number, name in enumerate(labels.relations)}
        _refuse_unknown(triples, entity, relation)
        allowed = torch.zeros(size, size, len(types), dtype=torch.bool)
        for head, label, tail in triples:
            for one, other, swapped in ((head, tail, False), (tail, head, True)):
                column = types.column(relation[label], swapped)
                both_ways = label in labels.symmetric or not swapped or types.order != "both"
                if column is not None and both_ways:
                    allowed[entity[one], entity[other], column] = True
        return allowed

    def encode(self, features: PairFeatures) -> Tensor:
        """See `RelationHead.encode`."""
        return self.head.encode(features)

    def forward(self, features: PairFeatures, n_pairs: int) -> RelationOutput:
        """See `RelationHead.forward`."""
        assert features.types is not None
        logits = self.head(features, n_pairs).logits
        allowed = self.allowed[features.types[:, 0], features.types[:, 1]]
        if self.decision.single:  # "no relation" is always allowed
            allowed = torch.cat([torch.ones_like(allowed[:, :1]), allowed], dim=1)
        return self.decision.output(logits.masked_fill(~allowed, FLOOR))


def _refuse_unknown(
    triples: Iterable[tuple[str, str, str]], entity: dict[str, int], relation: dict[str, int]
) -> None:
    faults = [
        Fault(f"{list(triple)} has a type that the model does not have", "model.relation_head.triples")
        for triple in triples
        if triple[0] not in entity or triple[1] not in relation or triple[2] not in entity
    ]
    if faults:
        raise BuildError("components do not fit", faults)
