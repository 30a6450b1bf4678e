"""Models: what a `[model]` section makes."""

from jointre.models.base import Model, Unreachable
from jointre.models.joint import JointModel

__all__ = ["JointModel", "Model", "Unreachable"]
