"""A linear map with one sigmoid a relation type."""

import torch
from torch import Tensor, nn

from jointre.data.views import PairDims, PairFeatures, RelationOutput
from jointre.nn.init import init_normal
from jointre.registry import registry
from jointre.relation_heads.base import RelationHead


@registry.relation_heads("jointre.linear.v1")
class LinearRelationHead(RelationHead):
    """SpERT's relation head (section 2.6): ``y = C dropout([context; head; tail]) + k``, a sigmoid a type.

    SINET's is the same with the sentence vector after the context (section 2.4).

    Outside training the map is split: each span is projected once as head and once as tail, each context once,
    and a pair costs three additions.

    Args:
        threshold: a type holds at this probability or above.
        dropout: on the concatenated features, an independent mask a pair.
    """

    def __init__(self, threshold: float = 0.4, dropout: float = 0.1) -> None:
        super().__init__()
        if not 0 <= threshold <= 1:
            raise ValueError("threshold must lie between 0 and 1")
        self.threshold = threshold
        self.dropout = nn.Dropout(dropout)

    def build(self, pairs: PairDims, classes: int) -> None:
        """Make ``classifier``: [K, context + summary + 2 sides], N(0, 0.02)."""
        self.classifier = nn.Linear(pairs.total, classes)
        init_normal(self.classifier)

    def encode(self, features: PairFeatures) -> Tensor:
        """[R, context + summary + 2 sides]: the concatenation."""
        return torch.cat([rows.index_select(0, index) for rows, index in features.columns()], dim=1)

    def forward(self, features: PairFeatures, n_pairs: int) -> RelationOutput:
        """See `RelationHead.forward`; R = P."""
        logits = self._full(features) if self.training else self._split(features)
        return RelationOutput(logits, torch.sigmoid(logits.float()))

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
