"""RelationHead: the contract of everything that scores relation types for pairs."""

from abc import abstractmethod
from collections.abc import Sequence

import torch
from torch import Tensor

from jointre.component import Component
from jointre.data.relation_classes import RelationClasses
from jointre.data.stages import LossTerm, PairDims, PairFeatures, Pairs, RelationOutput
from jointre.relation_heads.decision import Decision


class RelationHead(Component):
    """Scores K relation types for P pairs.

    Attributes:
        decision: how scores become relations.
        cells: whether the head accepts several rows per pair.
        encoding: the prefixes of the names of the tensors that `encode` reads.
    """

    decision: Decision
    cells: bool = False
    encoding: Sequence[str] = ()

    @abstractmethod
    def build(self, pairs: PairDims, types: RelationClasses) -> None:
        """Make the parameters.

        Args:
            pairs: widths of the pair features.
            types: the K columns, as a sequence of their names. If pairs are scored in the order of the text only, each
                name contains its direction. ``types.labels`` has the entity and relation types, and the triples of
                types in the training corpus. A head that reads only the names accepts any ``Sequence[str]``.

        Raises:
            BuildError: the head cannot use something in ``pairs`` or ``types``.
        """

    def promised(self, returned: None, pairs: PairDims, types: Sequence[str]) -> int:
        """Return the number of columns of the results."""
        return len(types)

    @abstractmethod
    def encode(self, features: PairFeatures) -> Tensor:
        """Return [R, H], the vector of each pair row that scores are computed from."""

    def encoded(self, pairs: PairDims) -> int:
        """Return the width H of `encode`, once built."""
        none = torch.zeros(0, dtype=torch.int64)
        contexts = [] if pairs.context is None else [(torch.zeros(0, pairs.context), none)]
        summary = None if pairs.summary is None else torch.zeros(0, pairs.summary)
        features = PairFeatures(torch.zeros(0, pairs.side), none, none, contexts, none, summary, none)
        with torch.no_grad():
            return self.encode(features).shape[1]

    @abstractmethod
    def forward(self, features: PairFeatures, n_pairs: int) -> RelationOutput:
        """Return scores and probabilities of ``n_pairs`` pairs; ``features.types`` has the types of their entities."""

    def holds(self, probs: Tensor, threshold: float | None = None) -> Tensor:
        """Return [P, K] bool, which types hold by their probabilities at ``threshold``, or at the head's own; with
        ``sigmoid``.

        It agrees with `forward`, so that a threshold can be chosen without scoring pairs again.
        """
        return self.decision.holds(probs, threshold)

    def term(self, output: RelationOutput, features: PairFeatures, pairs: Pairs) -> LossTerm:
        """Return the loss term of ``pairs`` with targets: one row per pair, unless the head overrides it.

        Missed pairs follow as rows of zeros.
        """
        assert pairs.targets is not None
        logits, hot, doc = output.logits, pairs.targets, pairs.doc
        if pairs.missed is not None:
            logits = torch.cat([logits, logits.new_zeros(len(pairs.missed[0]), logits.shape[1])])
            hot, doc = torch.cat([hot, pairs.missed[1]]), torch.cat([doc, pairs.missed[0]])
        return LossTerm(logits, self.decision.targets(hot), doc)
