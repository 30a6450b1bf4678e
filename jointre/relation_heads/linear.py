"""A linear map with one sigmoid per relation type, or one class per pair; optionally with a layer before it."""

from collections.abc import Sequence

from torch import Tensor, nn

from jointre.data.stages import PairDims, PairFeatures, RelationOutput
from jointre.limits import LayerSize, Probability, ProperFraction
from jointre.nn.columns import project, side_by_side
from jointre.nn.init import init_normal
from jointre.nn.mlp import MLPBlock
from jointre.registry import registry
from jointre.relation_heads.base import RelationHead
from jointre.relation_heads.decision import Activation, Decision


@registry.relation_heads("jointre.linear.v1")
class LinearRelationHead(RelationHead):
    """SpERT's relation head (SpERT, Eq. 4): ``y = C dropout([context; head; tail]) + k``, one sigmoid per type.

    SINET's is the same, with the sentence vector after the context (SINET, Eqs. 9-10). ENPAR's has a layer before it
    (ENPAR, Section 2.1): ``h = Dropout(LayerNorm(gelu(W [contexts; head; tail] + b)))``, ``y = C h + k``. The published
    order (left, head, middle, tail, right) is the same layer with its columns in another order.

    Outside training the map is split: each span is projected once as head and once as tail, each context once, and a
    pair costs three additions. The layer is split in this way in training, too. With a norm, as in PURE's published
    code, the features of each pair are concatenated.

    Args:
        threshold: with ``sigmoid``, a type holds at this probability or above.
        dropout: on the concatenated features, with an independent mask per pair; with ``hidden`` after that layer
            instead.
        activation: ``sigmoid``, each type separately; or ``softmax``, one class per pair, including "no relation",
            which needs ``jointre.cross_entropy.v1`` as the loss.
        hidden: size of the layer before the linear map; null for none.
        norm: whether a layer norm of the concatenated features comes before the dropout; without ``hidden`` only.
    """

    encoding = ("block.", "norm.")

    def __init__(
        self,
        threshold: Probability = 0.4,
        dropout: ProperFraction = 0.1,
        activation: Activation = "sigmoid",
        hidden: LayerSize | None = None,
        norm: bool = False,
    ) -> None:
        super().__init__()
        if norm and hidden is not None:
            raise ValueError("norm = true needs hidden = null, whose layer has a norm of its own")
        self.normed = norm
        self.decision = Decision(activation, threshold)
        self.dropout = nn.Dropout(dropout)
        self.hidden = hidden

    def build(self, pairs: PairDims, types: Sequence[str]) -> None:
        """Make ``block`` if there is one, and ``classifier`` [K or K + 1, context + summary + 2 sides, or hidden].

        Both are N(0, 0.02).
        """
        self.block = None if self.hidden is None else MLPBlock(pairs.total, self.hidden, self.dropout.p)
        self.norm = nn.LayerNorm(pairs.total) if self.normed else None
        self.classifier = nn.Linear(self.hidden or pairs.total, self.decision.width(len(types)))
        init_normal(self.classifier)

    def encode(self, features: PairFeatures) -> Tensor:
        """Return [R, hidden], or [R, context + summary + 2 sides]: the concatenation, normed if there is a norm."""
        if self.norm is not None:
            normed: Tensor = self.norm(side_by_side(features.columns()))
            return normed
        if self.block is None:
            return side_by_side(features.columns())
        return self.block.finish(project(self.block.dense, features.columns()))

    def forward(self, features: PairFeatures, n_pairs: int) -> RelationOutput:
        """See `RelationHead.forward`; R = P."""
        return self.decision.output(self._scores(features))

    def _scores(self, features: PairFeatures) -> Tensor:
        if self.block is not None:
            scores: Tensor = self.classifier(self.encode(features))
        elif self.training or self.norm is not None:
            scores = self.classifier(self.dropout(self.encode(features)))
        else:
            scores = self._split(features)
        return scores

    def _split(self, features: PairFeatures) -> Tensor:
        return project(self.classifier, features.columns())
