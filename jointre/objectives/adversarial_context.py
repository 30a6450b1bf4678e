"""Adversarial context discrimination: tell a sentence from versions of it in which an entity of a pair was moved."""

from collections.abc import Iterator

import numpy as np
import torch
from torch import Tensor, nn

from jointre.data.encoding import Encoding
from jointre.limits import Fraction, NonNegativeFloat, PositiveInt, TwoOrMore
from jointre.models.joint import JointModel
from jointre.nn.init import init_normal
from jointre.objectives.base import Example, ExampleBatch, Material, Objective, Outcome
from jointre.objectives.corrupt import masked
from jointre.objectives.orders import (
    SWAP,
    Order,
    Span,
    draw_pairs,
    left_out,
    moved,
    permuted,
    reordered,
    unrank,
)
from jointre.objectives.vectors import pair_vectors
from jointre.registry import registry

Version = tuple[Encoding, tuple[Span, Span]]


@registry.objectives("jointre.adversarial_context.v1")
class AdversarialContext(Objective):
    """ENPAR's ACD (ENPAR, Section 2.2): a score ``g`` of the pair vector, and ``max(0, margin - g(E+) + g(E-))`` for a
    sentence and each of its negatives.

    The negatives are: the two entities swapped; the first entity moved left, or right; the second moved left, or right.
    Words that an entity moves over keep their order. A move that changes nothing is left out. A sentence is encoded
    once, together with its negatives. Targets are 1 for the sentence and 0 for a negative. A place is (sequence, start,
    end, start, end) in words, for the entity that comes first and for the other.

    Args:
        margin: margin of the hinge loss; 5 in the published code.
        signed: whether the sentence must score higher; the published code uses the absolute difference.
        shift: maximum number of words that an entity is moved over.
        pairs: maximum number of pairs per document and epoch; null for all.
        entities: number of entities, drawn at random, that are paired.
        per_pair: number of kinds of negatives per pair, drawn at random; 5 is all, 1 as in the published code.
        masking: whether there is a further kind, as in the published code: masks instead of the entities, with one more
            word piece masked in each.
        share: share of the documents from which examples are made, drawn again in each epoch. Fewer documents of this
            objective make an update cost less.
    """

    def __init__(
        self,
        margin: NonNegativeFloat = 1.0,
        signed: bool = True,
        shift: PositiveInt = 5,
        pairs: PositiveInt | None = 1,
        entities: TwoOrMore = 8,
        per_pair: PositiveInt = 5,
        masking: bool = False,
        share: Fraction = 1.0,
    ) -> None:
        super().__init__()
        self.share = share
        self.margin, self.signed, self.shift = margin, signed, shift
        self.pairs, self.entities, self.per_pair, self.masking = pairs, entities, per_pair, masking

    def build(self, model: JointModel) -> None:
        """Make ``scorer``: [1, H], N(0, 0.02)."""
        self.scorer = nn.Linear(model.pair_width(), 1)
        init_normal(self.scorer)

    def examples(self, encoding: Encoding, material: Material, rng: np.random.Generator) -> list[Example]:
        """See `Objective.examples`: one example for each pair that has a negative."""
        if left_out(self.share, rng):
            return []
        pairs = draw_pairs(encoding.doc.entities, self.entities, self.pairs, rng)
        made = (self._example(encoding, pair, material, rng) for pair in pairs)
        return [example for example in made if example is not None]

    def _example(
        self, encoding: Encoding, pair: tuple[Span, Span], material: Material, rng: np.random.Generator
    ) -> Example | None:
        kinds = [[_version(encoding, order)] for order in self._orders(len(encoding.words), *pair)]
        if self.masking:
            kinds.append(list(_progressively_masked(encoding, pair, material.mask_id)))
        kinds = [
            kind for kind in kinds if any(list(version.ids) != list(encoding.ids) for version, _ in kind)
        ]
        drawn = sorted(rng.permutation(len(kinds))[: self.per_pair].tolist())
        versions: list[Version] = [(encoding, pair), *(one for row in drawn for one in kinds[row])]
        if len(versions) == 1:
            return None
        places = [(row, *first, *second) for row, (_, (first, second)) in enumerate(versions)]
        targets = np.eye(1, len(versions), dtype=np.int64)[0]
        return Example(tuple(version for version, _ in versions), np.array(places, dtype=np.int64), targets)

    def _orders(self, n_words: int, first: Span, second: Span) -> Iterator[Order]:
        """Return the negatives that are orders of the words; a move over no words gives the sentence itself."""
        yield permuted(n_words, first, second, unrank(SWAP))
        gap = min(self.shift, second[0] - first[1])
        yield moved(n_words, first, second, 0, -min(self.shift, first[0]))
        yield moved(n_words, first, second, 0, gap)
        yield moved(n_words, first, second, 1, -gap)
        yield moved(n_words, first, second, 1, min(self.shift, n_words - second[1]))

    def forward(self, model: JointModel, examples: ExampleBatch) -> Outcome:
        """See `Objective.forward`; the loss is a mean over (sentence, negative)."""
        scores = self.scorer(pair_vectors(model, examples.batch, examples.places)).float().squeeze(1)
        difference, items = _differences(scores, examples), len(examples) - examples.n_examples
        distance = difference if self.signed else difference.abs()
        negative = examples.targets == 0
        losses = torch.where(negative, (self.margin - distance).clamp(min=0), 0.0)
        right = (difference > 0) & negative
        return Outcome(losses.sum() / max(items, 1), right.sum(), items)

    def chance(self, targets: Tensor) -> float:
        """Return the accuracy of choosing between a sentence and a negative at random."""
        return 0.5


def _differences(scores: Tensor, examples: ExampleBatch) -> Tensor:
    """Return [M], the score of each row's sentence minus the score of the row."""
    own = torch.where(examples.targets == 1, scores, 0.0)
    sentence = scores.new_zeros(examples.n_examples).index_add(0, examples.group, own)
    return sentence.index_select(0, examples.group) - scores


def _version(encoding: Encoding, order: Order) -> Version:
    return reordered(encoding, order.words), order.spans


def _progressively_masked(encoding: Encoding, pair: tuple[Span, Span], mask_id: int) -> Iterator[Version]:
    """Return versions with one more word piece masked each, of the first entity and then of the second."""
    pieces = [
        piece
        for start, end in pair
        for piece in range(int(encoding.words[start, 0]), int(encoding.words[end - 1, 1]))
    ]
    for count in range(1, len(pieces) + 1):
        yield masked(encoding, pieces[:count], mask_id), pair
