"""Pre-training objectives: those of ENPAR."""

from jointre.objectives.adversarial_context import AdversarialContext
from jointre.objectives.base import Example, ExampleBatch, Material, Objective, Outcome
from jointre.objectives.masked_prediction import MaskedEntityPrediction
from jointre.objectives.masked_typing import MaskedEntityTyping
from jointre.objectives.permutation import Permutation

__all__ = [
    "AdversarialContext",
    "Example",
    "ExampleBatch",
    "MaskedEntityPrediction",
    "MaskedEntityTyping",
    "Material",
    "Objective",
    "Outcome",
    "Permutation",
]
