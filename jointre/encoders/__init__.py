"""Encoders: contextual states of word pieces."""

from jointre.encoders.base import Encoder, Source
from jointre.encoders.hf import HFEncoder

__all__ = ["Encoder", "HFEncoder", "Source"]
