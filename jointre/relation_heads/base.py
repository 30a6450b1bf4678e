"""RelationHead: the contract of everything that scores relation types for pairs."""

from abc import abstractmethod

from torch import Tensor

from jointre.component import Component
from jointre.data.views import PairDims, PairFeatures, RelationOutput
from jointre.relation_heads.decision import Decision


class RelationHead(Component):
    """Scores K relation types for P pairs; ``decision`` says which hold."""

    decision: Decision

    @abstractmethod
    def build(self, pairs: PairDims, classes: int) -> None:
        """Make parameters for ``classes`` relation types."""

    @abstractmethod
    def encode(self, features: PairFeatures) -> Tensor:
        """[R, H] one vector a pair row: what the scores are computed from."""

    @abstractmethod
    def forward(self, features: PairFeatures, n_pairs: int) -> RelationOutput:
        """Scores and probabilities of ``n_pairs`` pairs."""
