"""Rereaders: read the sentence again once its entities are found."""

from jointre.rereaders.base import Rereader
from jointre.rereaders.typed_layers import TypedLayers

__all__ = ["Rereader", "TypedLayers"]
