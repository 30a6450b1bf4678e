"""Deep biaffine scores of ordered pairs."""

from collections.abc import Sequence
from copy import deepcopy
from typing import Literal

import torch
from torch import Tensor, nn

from jointre.data.stages import Column, PairDims, PairFeatures, RelationOutput
from jointre.errors import BuildError, Fault
from jointre.limits import LayerSize, Probability, ProperFraction
from jointre.nn.columns import project, side_by_side
from jointre.nn.mlp import feed_forward
from jointre.registry import registry
from jointre.relation_heads.base import RelationHead
from jointre.relation_heads.decision import Activation, Decision

HIDDEN = [512, 256]


@registry.relation_heads("jointre.biaffine.v1")
class BiaffineRelationHead(RelationHead):
    """Giorgi et al.'s relation head (equations 4 to 7): ``u^T U_c v + W_c [u; v] + b_c`` for each class c.

    ``u`` and ``v`` are head and tail after a feed-forward network each, which begin as copies of one another. Networks
    run once a span, ``u^T U`` once a head; a pair costs one product a class.

    Args:
        hidden: sizes of the layers of the networks, each followed by ReLU and dropout; none for no networks
            (the paper's ablation d).
        shared: whether head and tail have one network (ablation c).
        bilinear: whether there is a term U (ablation e: false).
        dropout: on what goes into the networks, and after each of their layers.
        activation: ``softmax``, one class a pair, "no relation" among them; or ``sigmoid``, each type by itself.
        threshold: with ``sigmoid`` a type holds at this probability or above.
        initial: of U: ``default``, torch's; or ``zero``, as in Nguyen and Verspoor (2019).
    """

    encoding = ("head.", "tail.")

    def __init__(
        self,
        hidden: list[LayerSize] = HIDDEN,
        shared: bool = False,
        bilinear: bool = True,
        dropout: ProperFraction = 0.1,
        activation: Activation = "softmax",
        threshold: Probability = 0.5,
        initial: Literal["default", "zero"] = "default",
    ) -> None:
        super().__init__()
        self.hidden = list(hidden)
        self.shared = shared
        self.bilinear = bilinear
        self.dropout = nn.Dropout(dropout)
        self.decision = Decision(activation, threshold)
        self.initial = initial

    def build(self, pairs: PairDims, types: Sequence[str]) -> None:
        """Make ``head`` and ``tail`` networks, ``weight`` U [C, M, M] and ``linear`` W [C, 2M + context + summary]."""
        self._refuse(pairs)
        self.head = feed_forward(pairs.side, self.hidden, self.dropout.p)
        self.tail = None if self.shared else deepcopy(self.head)
        width = self.hidden[-1] if self.hidden else pairs.side
        scores = self.decision.width(len(types))
        if self.bilinear:
            self.weight = nn.Parameter(torch.empty(scores, width, width))
            bound = 0.0 if self.initial == "zero" else width**-0.5
            nn.init.uniform_(self.weight, -bound, bound)
        self.linear = nn.Linear(2 * width + pairs.total - 2 * pairs.side, scores)

    def encode(self, features: PairFeatures) -> Tensor:
        """[R, context + summary + 2M]: what the linear term is computed from."""
        return side_by_side(self._columns(features, *self._sides(features)))

    def forward(self, features: PairFeatures, n_pairs: int) -> RelationOutput:
        """See `RelationHead.forward`; R = P."""
        head, tail = self._sides(features)
        logits = project(self.linear, self._columns(features, head, tail))
        if self.bilinear:
            logits = logits + self._bilinear(head, tail, features)
        return self.decision.output(logits)

    def _columns(self, features: PairFeatures, head: Tensor, tail: Tensor) -> list[Column]:
        return [*features.columns()[:-2], (head, features.head), (tail, features.tail)]

    def _sides(self, features: PairFeatures) -> tuple[Tensor, Tensor]:
        """[K, M] each side as head and as tail."""
        sides = self.dropout(features.side)
        head = self.head(sides)
        return head, head if self.tail is None else self.tail(sides)

    def _bilinear(self, head: Tensor, tail: Tensor, features: PairFeatures) -> Tensor:
        """[R, C]; a class at a time, so that no tensor of size pairs x classes x M is made."""
        tails = tail.index_select(0, features.tail)
        scores = [
            ((head @ weight).index_select(0, features.head) * tails).sum(1)
            for weight in self.weight.unbind(0)
        ]
        return torch.stack(scores, dim=1)

    def _refuse(self, pairs: PairDims) -> None:
        if self.initial == "zero" and not self.bilinear:
            what = 'initial = "zero", but bilinear = false: there is nothing to begin at zero'
            raise BuildError("components do not fit", [Fault(what, remedy="leave one of the two out")])
