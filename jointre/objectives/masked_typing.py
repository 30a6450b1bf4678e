"""Masked entity typing: predict the type of an entity, mostly from its context."""

from typing import Literal

import numpy as np
from torch import nn

from jointre.data.encoding import Encoding
from jointre.limits import Probability
from jointre.models.joint import JointModel
from jointre.nn.init import init_normal
from jointre.objectives.base import Example, ExampleBatch, Material, Objective, Outcome, cross_entropy
from jointre.objectives.corrupt import masked, pieces_of, replaced
from jointre.objectives.vectors import entity_vectors
from jointre.registry import registry


@registry.objectives("jointre.masked_entity_typing.v1")
class MaskedEntityTyping(Objective):
    """ENPAR's MET (ENPAR, Section 2.2): a linear map from the entity vector to the types.

    Each entity independently is masked, replaced by another one with the same number of word pieces, or kept. A place
    is (sequence, start, end) in words.

    Args:
        mask: share of entities whose pieces are all masked.
        replace: share of entities that are replaced.
        targets: entities whose types are predicted: ``all``, as in the published code, or only ``masked`` and replaced
            ones, as in the paper.
    """

    def __init__(
        self, mask: Probability = 0.15, replace: Probability = 0.05, targets: Literal["all", "masked"] = "all"
    ) -> None:
        super().__init__()
        if mask + replace > 1:
            raise ValueError("mask and replace must add up to at most 1")
        self.mask, self.replace, self.targets = mask, replace, targets

    def build(self, model: JointModel) -> None:
        """Make ``classifier``: [types, H], N(0, 0.02)."""
        self.classifier = nn.Linear(model.span_dims.total, len(model.labels.entities))
        init_normal(self.classifier)

    def examples(self, encoding: Encoding, material: Material, rng: np.random.Generator) -> list[Example]:
        """See `Objective.examples`: one example with all entities, or none."""
        entities = encoding.doc.entities
        draws = rng.random(len(entities))
        changed = encoding
        for entity, draw in zip(entities, draws, strict=True):
            start, end = pieces_of(encoding, entity)
            if draw < self.mask:
                changed = masked(changed, range(start, end), material.mask_id)
            elif draw < self.mask + self.replace:
                changed = replaced(changed, start, end, material.table, material.mask_id, rng)
        least = 1.0 if self.targets == "all" else self.mask + self.replace
        asked = [
            (0, entity.start, entity.end, material.types.index(entity.label))
            for entity, draw in zip(entities, draws, strict=True)
            if draw < least
        ]
        rows = np.array(asked, dtype=np.int64).reshape(-1, 4)
        return [Example((changed,), rows[:, :3], rows[:, 3])] if asked else []

    def forward(self, model: JointModel, examples: ExampleBatch) -> Outcome:
        """See `Objective.forward`; the loss is a mean over entities."""
        batch = examples.batch
        vectors = entity_vectors(model, model.make_views(batch), batch, examples.places)
        return cross_entropy(self.classifier(vectors), examples.targets)
