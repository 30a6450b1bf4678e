"""RelationHead: the contract of everything that scores relation types for pairs."""

from abc import abstractmethod
from collections.abc import Sequence

from torch import Tensor

from jointre.component import Component
from jointre.data.views import LossTerm, PairDims, PairFeatures, Pairs, RelationOutput
from jointre.relation_heads.decision import Decision


class RelationHead(Component):
    """Scores K relation types for P pairs; ``decision`` says which hold.

    ``cells`` says whether it takes several rows a pair. ``types`` are the names of the relation types, each with its
    direction if a pair is scored in one order alone (`RelationClasses`), set before ``build``.
    """

    decision: Decision
    cells: bool = False
    types: Sequence[str] = ()

    @abstractmethod
    def build(self, pairs: PairDims, classes: int) -> None:
        """Make parameters for ``classes`` relation types."""

    @abstractmethod
    def encode(self, features: PairFeatures) -> Tensor:
        """[R, H] one vector a pair row: what the scores are computed from."""

    @abstractmethod
    def forward(self, features: PairFeatures, n_pairs: int) -> RelationOutput:
        """Scores and probabilities of ``n_pairs`` pairs."""

    def term(self, output: RelationOutput, features: PairFeatures, pairs: Pairs) -> LossTerm:
        """The loss term of ``pairs`` with targets: a row a pair, unless the head says otherwise."""
        assert pairs.targets is not None
        return LossTerm(output.logits, self.decision.targets(pairs.targets), pairs.doc)
