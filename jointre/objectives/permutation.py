"""Permutation prediction: predict the order of the parts of a sentence around a pair of entities."""

from typing import Literal

import numpy as np
from torch import nn

from jointre.data.encoding import Encoding
from jointre.limits import Fraction, PositiveInt, TwoOrMore
from jointre.models.joint import JointModel
from jointre.nn.init import init_normal
from jointre.objectives.base import Example, ExampleBatch, Material, Objective, Outcome, cross_entropy
from jointre.objectives.orders import (
    CLASSES,
    Span,
    draw_pairs,
    left_out,
    parts,
    permuted,
    reordered,
    representatives,
    unrank,
)
from jointre.objectives.vectors import pair_vectors
from jointre.registry import registry


@registry.objectives("jointre.permutation.v1")
class Permutation(Objective):
    """ENPAR's PP (ENPAR, Section 2.2): a linear map from the pair vector to the 120 orders of left context, first
    entity, middle, second entity and right context.

    If parts are empty, several orders give the same words, so that one input would have several answers. A place is
    (sequence, start, end, start, end) in words, for the entity that comes first and for the other.

    Args:
        pairs: maximum number of pairs per document and epoch; null for all.
        entities: number of entities, drawn at random, that are paired.
        instances: number of sequences per pair: the sentence itself and others drawn from its distinct permutations.
        empty: ``merge`` gives orders that cannot be told apart the lowest of their classes; ``avoid`` uses only pairs
            without an empty part.
        share: share of the documents from which examples are made, drawn again in each epoch. Fewer documents of this
            objective make an update cost less.
    """

    def __init__(
        self,
        pairs: PositiveInt | None = 1,
        entities: TwoOrMore = 5,
        instances: TwoOrMore = 5,
        empty: Literal["merge", "avoid"] = "merge",
        share: Fraction = 1.0,
    ) -> None:
        super().__init__()
        self.share = share
        self.pairs, self.entities, self.instances, self.empty = pairs, entities, instances, empty

    def build(self, model: JointModel) -> None:
        """Make ``classifier``: [120, H], N(0, 0.02)."""
        self.classifier = nn.Linear(model.pair_width(), CLASSES)
        init_normal(self.classifier)

    def examples(self, encoding: Encoding, material: Material, rng: np.random.Generator) -> list[Example]:
        """See `Objective.examples`: one example per pair, with all its sequences."""
        if left_out(self.share, rng):
            return []
        pairs = draw_pairs(encoding.doc.entities, self.entities, self.pairs, rng)
        made = (self._example(encoding, *pair, rng) for pair in pairs)
        return [example for example in made if example is not None]

    def _example(
        self, encoding: Encoding, first: Span, second: Span, rng: np.random.Generator
    ) -> Example | None:
        n_words = len(encoding.words)
        filled = tuple(bool(part) for part in parts(n_words, first, second))
        classes = sorted(set(representatives(filled)) - {0})
        if self.empty == "avoid" and not all(filled):
            return None
        drawn = rng.permutation(classes)[: self.instances - 1].tolist()
        orders = [permuted(n_words, first, second, unrank(number)) for number in (0, *drawn)]
        places = [(row, *order.spans[0], *order.spans[1]) for row, order in enumerate(orders)]
        sequences = tuple(reordered(encoding, order.words) for order in orders)
        return Example(sequences, np.array(places, dtype=np.int64), np.array([0, *drawn], dtype=np.int64))

    def forward(self, model: JointModel, examples: ExampleBatch) -> Outcome:
        """See `Objective.forward`; the loss is a mean over sequences."""
        vectors = pair_vectors(model, examples.batch, examples.places)
        return cross_entropy(self.classifier(vectors), examples.targets)
