"""A bilinear form for each relation type over pairs of tokens."""

from collections.abc import Sequence
from typing import Literal

import torch
from torch import Tensor, nn

from jointre.data.stages import LossTerm, PairDims, PairFeatures, Pairs, RelationOutput
from jointre.errors import BuildError, Fault
from jointre.limits import LayerSize, Probability
from jointre.nn.bilinear import Forms, cell_scores, merged
from jointre.nn.cell_gradient import scores_with_gradient
from jointre.nn.columns import side_by_side
from jointre.registry import registry
from jointre.relation_heads.base import RelationHead
from jointre.relation_heads.decision import Activation, Decision

NUMBERS = 2**22


@registry.relation_heads("jointre.kernel.v1")
class KernelRelationHead(RelationHead):
    """REDN's kernels (REDN, Eqs. 3-5): ``S_i = (x W_i + b_i) . (y V_i + c_i) / sqrt(M)`` for each type and cell.

    A cell is a token x of the head with a token y of the tail. The probability of a type is the mean of the sigmoids of
    its cells (REDN, Section 3.3). With ``softmax``, the raw scores are averaged, and each pair gets one class,
    including "no relation"; the published code has another variant, which never predicts anything and is not
    reproduced.

    Outside training, both maps of a full-rank kernel are merged into one. In training, a few types are scored at once,
    and again in the backward pass (`CellScores`), so that memory does not grow with types x cells x width.

    Args:
        scale: ``sqrt_dim`` divides scores by the root of the kernel's rank, as in the published code; ``none`` as in
            the paper.
        bias: whether there are b and c.
        shared: whether all types share W and V; types then differ only in their biases.
        symmetric: whether V = W and c = b, which gives both directions the same score if both sides read one view.
        rank: M, the width of W and V; null for the width of the states, as published.
        average: what has equal weight in the loss: every ``document``, as published, or every ``pair``. This affects
            only losses that average over groups (``jointre.grouped_binary_cross_entropy.v1``).
        activation: ``sigmoid``, each type separately; or ``softmax``.
        threshold: with ``sigmoid``, a type holds above this probability.
        alone: a type that means "no relation", for corpora that annotate it (``Other``, ``NA``): where it holds, no
            other type does. Null for none.
    """

    cells = True

    def __init__(
        self,
        scale: Literal["sqrt_dim", "none"] = "sqrt_dim",
        bias: bool = True,
        shared: bool = False,
        symmetric: bool = False,
        rank: LayerSize | None = None,
        average: Literal["document", "pair"] = "document",
        activation: Activation = "sigmoid",
        threshold: Probability = 0.5,
        alone: str | None = None,
    ) -> None:
        super().__init__()
        if shared and not bias:
            raise ValueError("shared = true needs bias = true: otherwise all types would have the same score")
        if alone is not None and activation == "softmax":
            raise ValueError("alone has no meaning with softmax, which gives a pair one class")
        self.scale = scale
        self.bias = bias
        self.shared = shared
        self.symmetric = symmetric
        self.rank = rank
        self.average = average
        self.decision = Decision(activation, threshold, strict=True)
        self.alone = alone

    def build(self, pairs: PairDims, types: Sequence[str]) -> None:
        """Make ``head`` and ``tail`` [C or 1, M, H] with biases [C, M], all uniform in +-1/sqrt(H)."""
        self._refuse(pairs, types)
        self.alone_column = None if self.alone is None else list(types).index(self.alone)
        scores, width = self.decision.width(len(types)), pairs.side
        rank = self.rank or width
        self.factor = rank**-0.5 if self.scale == "sqrt_dim" else 1.0
        maps = 1 if self.shared else scores
        bound = width**-0.5

        def parameter(*shape: int) -> nn.Parameter:
            return nn.Parameter(nn.init.uniform_(torch.empty(shape), -bound, bound))

        self.head = parameter(maps, rank, width)
        self.tail = None if self.symmetric else parameter(maps, rank, width)
        self.head_bias = parameter(scores, rank) if self.bias else None
        self.tail_bias = parameter(scores, rank) if self.bias and not self.symmetric else None
        self.merges = width <= 2 * rank
        self.kept: tuple[object, Forms] | None = None

    def encode(self, features: PairFeatures) -> Tensor:
        """Return [R, 2H], the states of the head token and the tail token of each cell."""
        return side_by_side(features.columns())

    def forward(self, features: PairFeatures, n_pairs: int) -> RelationOutput:
        """See `RelationHead.forward`; ``logits`` are those of the cells, or with softmax those of the pairs."""
        cells = self._scores(features).float()
        if self.decision.single:
            return self.decision.output(_means(cells, features.pair, n_pairs))
        probs = _means(torch.sigmoid(cells), features.pair, n_pairs)
        return RelationOutput(cells, probs, self.holds(probs))

    def holds(self, probs: Tensor, threshold: Probability | None = None) -> Tensor:
        """See `RelationHead.holds`; where the type that means "no relation" holds, no other type does."""
        holds = super().holds(probs, threshold)
        if self.alone_column is not None:
            none = holds[:, self.alone_column].clone()
            holds &= ~none.unsqueeze(1)
            holds[:, self.alone_column] = none
        return holds

    def term(self, output: RelationOutput, features: PairFeatures, pairs: Pairs) -> LossTerm:
        """Return one row per cell with the targets of its pair; with softmax one row per pair."""
        assert pairs.targets is not None
        of_pairs = torch.arange(len(pairs), device=pairs.doc.device)
        if self.decision.single:
            group = of_pairs if self.average == "pair" else pairs.doc
            return LossTerm(output.logits, self.decision.targets(pairs.targets), group)
        group = features.pair if self.average == "pair" else pairs.doc.index_select(0, features.pair)
        return LossTerm(output.logits, pairs.targets.index_select(0, features.pair), group)

    def _scores(self, features: PairFeatures) -> Tensor:
        """Return [R, C], the scores of the cells, a few types at a time."""
        cells = (features.side, features.tails, features.head, features.tail)
        if torch.is_grad_enabled():
            return scores_with_gradient(self._forms(), *cells, NUMBERS) * self.factor
        forms = self._merged() if self.merges else self._forms()
        step = max(1, NUMBERS // max(len(features.head) * forms.head.shape[1], 1))
        starts = range(0, forms.classes, step)
        parts = [cell_scores(forms.part(start, start + step), *cells, NUMBERS) for start in starts]
        return torch.cat(parts, dim=1) * self.factor

    def _forms(self) -> Forms:
        if self.symmetric:
            return Forms(self.head, self.head, self.head_bias, self.head_bias)
        return Forms(self.head, self.tail, self.head_bias, self.tail_bias)

    def _merged(self) -> Forms:
        """Return the merged forms, which are kept until a parameter changes."""
        forms = self._forms()
        state = [(p.data_ptr(), p._version, p.device) for p in self.parameters()]
        if self.kept is None or self.kept[0] != state:
            self.kept = state, merged(forms)
        return self.kept[1]

    def _refuse(self, pairs: PairDims, types: Sequence[str]) -> None:
        faults = []
        if pairs.context is not None:
            what = "the kernel reads only the tokens of both sides, but there is a context"
            faults.append(Fault(what, remedy="set context = null in [model.pair_extractor]"))
        if pairs.summary is not None:
            what = "the kernel reads only the tokens of both sides, but there is a sentence vector"
            faults.append(Fault(what, remedy="set summary = false in [model.pair_extractor]"))
        if self.alone is not None and self.alone not in types:
            what = f"alone = {self.alone!r} is not one of the relation types {sorted(types)}"
            remedy = 'use the type that means "no relation", or null if the corpus does not annotate it'
            faults.append(Fault(what, "[model.relation_head]", remedy))
        if faults:
            raise BuildError("components do not fit", faults)


def _means(cells: Tensor, pair: Tensor, n_pairs: int) -> Tensor:
    """Return [P, C], the mean over the cells of each pair."""
    total = cells.new_zeros(n_pairs, cells.shape[1]).index_add(0, pair, cells)
    count = cells.new_zeros(n_pairs).index_add(0, pair, cells.new_ones(len(pair)))
    return total / count.clamp(min=1).unsqueeze(1)
