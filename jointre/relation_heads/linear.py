"""A linear map with one sigmoid a relation type."""

import torch
from torch import Tensor, nn

from jointre.data.views import PairDims, PairFeatures, RelationOutput
from jointre.nn.init import init_normal
from jointre.registry import registry
from jointre.relation_heads.base import RelationHead
from jointre.relation_heads.decision import Activation, Decision


@registry.relation_heads("jointre.linear.v1")
class LinearRelationHead(RelationHead):
    """SpERT's relation head (section 2.6): ``y = C dropout([context; head; tail]) + k``, a sigmoid a type.

    SINET's is the same with the sentence vector after the context (section 2.4).

    Outside training the map is split: each span is projected once as head and once as tail, each context once,
    and a pair costs three additions.

    Args:
        threshold: with ``sigmoid`` a type holds at this probability or above.
        dropout: on the concatenated features, an independent mask a pair.
        activation: ``sigmoid``, each type by itself; or ``softmax``, one class a pair, "no relation" among them, which
            goes with ``jointre.cross_entropy.v1`` as the loss.
    """

    def __init__(
        self, threshold: float = 0.4, dropout: float = 0.1, activation: Activation = "sigmoid"
    ) -> None:
        super().__init__()
        self.decision = Decision(activation, threshold)
        self.dropout = nn.Dropout(dropout)

    def build(self, pairs: PairDims, classes: int) -> None:
        """Make ``classifier``: [K or K + 1, context + summary + 2 sides], N(0, 0.02)."""
        self.classifier = nn.Linear(pairs.total, self.decision.width(classes))
        init_normal(self.classifier)

    def encode(self, features: PairFeatures) -> Tensor:
        """[R, context + summary + 2 sides]: the concatenation."""
        return torch.cat([rows.index_select(0, index) for rows, index in features.columns()], dim=1)

    def forward(self, features: PairFeatures, n_pairs: int) -> RelationOutput:
        """See `RelationHead.forward`; R = P."""
        return self.decision.output(self._full(features) if self.training else self._split(features))

    def _full(self, features: PairFeatures) -> Tensor:
        return self.classifier(self.dropout(self.encode(features)))

    def _split(self, features: PairFeatures) -> Tensor:
        columns = features.columns()
        weights = self.classifier.weight.split([rows.shape[1] for rows, _ in columns], dim=1)
        parts = (
            nn.functional.linear(rows, weight)[index]
            for (rows, index), weight in zip(columns, weights, strict=True)
        )
        return sum(parts, start=self.classifier.bias)
