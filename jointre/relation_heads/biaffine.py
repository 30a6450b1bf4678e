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
    """Giorgi et al.'s relation head (Giorgi et al., Eqs. 4-7): ``u^T U_c v + W_c [u; v] + b_c`` for each class c.

    ``u`` and ``v`` are head and tail, each after its own feed-forward network; the networks start as copies of each
    other. They run once per span, and ``u^T U`` is computed once per head, so that a pair costs one product per class.

    Args:
        hidden: sizes of the layers of the networks, each followed by ReLU and dropout; an empty list for no networks
            (Giorgi et al., Table 2, row d).
        shared: whether head and tail share one network (Giorgi et al., Table 2, row c).
        bilinear: whether there is a term U; false is row e of the same table.
        dropout: on the input of the networks, and after each of their layers.
        activation: ``softmax``, one class per pair, including "no relation"; or ``sigmoid``, each type separately.
        threshold: with ``sigmoid``, a type holds at this probability or above.
        initial: initialisation of U: ``default``, torch's; or ``zero``, as in Nguyen and Verspoor (2019).
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
        """Make the networks ``head`` and ``tail``, ``weight`` U [C, M, M] and ``linear`` W [C, 2M + context +
        summary].
        """
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
        """Return [R, context + summary + 2M], the input of the linear term."""
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
        """Return [K, M] twice: each side as head and as tail."""
        sides = self.dropout(features.side)
        head = self.head(sides)
        return head, head if self.tail is None else self.tail(sides)

    def _bilinear(self, head: Tensor, tail: Tensor, features: PairFeatures) -> Tensor:
        """Return [R, C], one class at a time, so that no tensor of size pairs x classes x M is made."""
        tails = tail.index_select(0, features.tail)
        scores = [
            ((head @ weight).index_select(0, features.head) * tails).sum(1)
            for weight in self.weight.unbind(0)
        ]
        return torch.stack(scores, dim=1)

    def _refuse(self, pairs: PairDims) -> None:
        if self.initial == "zero" and not self.bilinear:
            what = 'initial = "zero", but bilinear = false: there is nothing to start at zero'
            raise BuildError("components do not fit", [Fault(what, remedy="leave one of the two out")])
