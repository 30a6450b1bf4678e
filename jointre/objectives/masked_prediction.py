"""Masked entity prediction: predict the word pieces of an entity from the rest of the sentence."""

from typing import Literal

import numpy as np
import torch
from torch import nn

from jointre.data.doc import Entity
from jointre.data.encoding import Encoding
from jointre.errors import BuildError, Fault
from jointre.limits import Fraction, PositiveInt, Probability
from jointre.models.joint import JointModel
from jointre.nn.mlp import MLPBlock
from jointre.objectives.base import Example, ExampleBatch, Material, Objective, Outcome, cross_entropy
from jointre.objectives.corrupt import masked, pieces_of, replaced
from jointre.registry import registry


@registry.objectives("jointre.masked_entity_prediction.v1")
class MaskedEntityPrediction(Objective):
    """ENPAR's MEP (ENPAR, Section 2.2): linear, gelu, LayerNorm, then the encoder's word embeddings.

    Whole entities are drawn, and all their pieces are predicted. Only these positions are projected to the vocabulary.
    A place is (sequence, piece).

    Args:
        rule: how entities are drawn. ``budget``, as in the published code: until the budget is spent. ``each``, as in
            the paper, with ``mask = 0.15`` and ``replace = 0.05``: each entity independently is masked, replaced, or
            not predicted.
        budget: share of the pieces of the sequence that may be predicted; one piece is always allowed.
        most: maximum number of pieces, whatever the budget.
        mask, replace: share of the drawn entities (with ``each``, of all entities) that is masked and that is replaced;
            the rest is kept, and with ``each`` not predicted.
    """

    def __init__(
        self,
        rule: Literal["budget", "each"] = "budget",
        budget: Fraction = 0.15,
        most: PositiveInt = 20,
        mask: Probability = 0.8,
        replace: Probability = 0.1,
    ) -> None:
        super().__init__()
        if mask + replace > 1:
            raise ValueError("mask and replace must add up to at most 1")
        self.rule, self.budget, self.most = rule, budget, most
        self.mask, self.replace = mask, replace

    def build(self, model: JointModel) -> None:
        """Make ``transform`` [E, D] with LayerNorm, N(0, 0.02), and ``bias`` [V]; embeddings are [V, E]."""
        embeddings = model.encoder.word_embeddings()
        if embeddings is None:
            what = f"{type(model.encoder).__name__} has no word embeddings to predict with"
            raise BuildError("components do not fit", [Fault(what, remedy="leave this objective out")])
        vocabulary, width = embeddings.shape
        self.transform = MLPBlock(model.encoder_dims.hidden, width, 0.0)
        self.bias = nn.Parameter(torch.zeros(vocabulary))

    def examples(self, encoding: Encoding, material: Material, rng: np.random.Generator) -> list[Example]:
        """See `Objective.examples`: one example, or none if no entity is drawn."""
        changed = encoding
        predicted: set[int] = set()
        for entity, draw in self._drawn(encoding, rng):
            start, end = pieces_of(encoding, entity)
            predicted.update(range(start, end))
            if draw < self.mask:
                changed = masked(changed, range(start, end), material.mask_id)
            elif draw < self.mask + self.replace:
                changed = replaced(changed, start, end, material.table, material.mask_id, rng)
        if not predicted:
            return []
        pieces = sorted(predicted)
        places = np.array([(0, piece) for piece in pieces], dtype=np.int64)
        return [Example((changed,), places, np.array([encoding.ids[p] for p in pieces], dtype=np.int64))]

    def _drawn(self, encoding: Encoding, rng: np.random.Generator) -> list[tuple[Entity, float]]:
        """Return the entities that are predicted, each with a number that decides how it is corrupted."""
        entities = encoding.doc.entities
        order, draws = rng.permutation(len(entities)).tolist(), rng.random(len(entities)).tolist()
        if self.rule == "each":
            return [(entities[row], draws[row]) for row in order if draws[row] < self.mask + self.replace]
        left = min(self.most, max(1, round(self.budget * len(encoding.ids))))
        drawn = []
        for row in order:
            start, end = pieces_of(encoding, entities[row])
            if end - start <= left:
                left -= end - start
                drawn.append((entities[row], draws[row]))
        return drawn

    def forward(self, model: JointModel, examples: ExampleBatch) -> Outcome:
        """See `Objective.forward`; the loss is a mean over word pieces."""
        states = model.encoder(examples.batch).layers[-1]
        row, piece = examples.places.unbind(1)
        rows = states.flatten(0, 1).index_select(0, row * states.shape[1] + piece)
        embeddings = model.encoder.word_embeddings()
        assert embeddings is not None
        logits = nn.functional.linear(self.transform(rows), embeddings, self.bias)
        return cross_entropy(logits, examples.targets)
