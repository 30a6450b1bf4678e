"""Encoders: contextual states of word pieces."""

from jointre.encoders.base import Encoder, Source
from jointre.encoders.hf import HFEncoder
from jointre.encoders.onnx import ONNXEncoder

__all__ = ["Encoder", "HFEncoder", "ONNXEncoder", "Source"]
