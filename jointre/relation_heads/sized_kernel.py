"""Bilinear forms for each relation type whose rank follows from the number of types."""

from collections.abc import Sequence
from typing import Literal

from jointre.data.stages import PairDims
from jointre.limits import LayerSize, Probability
from jointre.registry import registry
from jointre.relation_heads.decision import Activation
from jointre.relation_heads.kernel import KernelRelationHead

FULL_UP_TO = 256
LOW_RANK = 64


@registry.relation_heads("jointre.kernel.v2")
class SizedKernelRelationHead(KernelRelationHead):
    """``jointre.kernel.v1`` with low-rank kernels if there are more than 256 relation types.

    A full-rank kernel has ``2 (H^2 + H)`` parameters for each type: at 500 types and H = 384, 148 million. Of rank M,
    ``S_i = (x W_i + b_i) . (y V_i + c_i) / sqrt(M)`` with W_i and V_i [H, M] has ``2 M (H + 1)``. Up to 256 types, more
    than any corpus of REDN has, it is the published system. Parameters, gradients and Adam's two moments take 16 bytes
    for each parameter.

    The rank depends only on the number of types and H, so that a saved model gets the same one again.

    Args:
        scale: ``sqrt_dim`` divides scores by the root of the kernel's rank, as in the published code; ``none`` as in
            the paper.
        bias: whether there are b and c.
        shared: whether all types share W and V, which then have full rank with ``auto``; types differ only in their
            biases.
        symmetric: whether V = W and c = b, which gives both directions the same score if both sides read one view.
        rank: M, the width of W and V; null for the width H of the states, as published; ``auto`` for H with up to 256
            relation types and for 64 with more, or H if that is less. Training tells when it is 64.
        average: what has equal weight in the loss: every ``document``, as published, or every ``pair``. This affects
            only losses that average over groups (``jointre.grouped_binary_cross_entropy.v1``).
        activation: ``sigmoid``, each type separately; or ``softmax``.
        threshold: with ``sigmoid``, a type holds above this probability.
        alone: a type that means "no relation", for corpora that annotate it (``Other``, ``NA``): where it holds, no
            other type does. Null for none.
    """

    def __init__(
        self,
        scale: Literal["sqrt_dim", "none"] = "sqrt_dim",
        bias: bool = True,
        shared: bool = False,
        symmetric: bool = False,
        rank: LayerSize | Literal["auto"] | None = "auto",
        average: Literal["document", "pair"] = "document",
        activation: Activation = "sigmoid",
        threshold: Probability = 0.5,
        alone: str | None = None,
    ) -> None:
        number = None if rank == "auto" else rank
        super().__init__(scale, bias, shared, symmetric, number, average, activation, threshold, alone)
        self.by_size = rank == "auto" and not shared

    def build(self, pairs: PairDims, types: Sequence[str]) -> None:
        """See `KernelRelationHead.build`."""
        if low := self.by_size and len(types) > FULL_UP_TO and pairs.side > LOW_RANK:
            self.rank = LOW_RANK
        super().build(pairs, types)
        self.notices = [self._why(pairs.side, len(types))] if low else []

    def _why(self, width: int, types: int) -> str:
        """Return what the rank is, why, and what it saves."""
        low = sum(parameter.numel() for parameter in self.parameters())
        full = low // LOW_RANK * width  # every parameter has the rank as one of its sizes
        sizes = f"{low / 1e6:.1f} million parameters instead of {full / 1e6:.1f} million"
        return (
            f"model.relation_head: kernels of rank {LOW_RANK}, because there are {types} relation types, more than "
            f"{FULL_UP_TO}: {sizes}; rank = null keeps the full rank"
        )
