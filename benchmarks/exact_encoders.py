"""The encoder alone, as several backends compute it: the same states but for rounding."""

from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from benchmarks.options import Options
from jointre.encoders.base import Encoder, Source
from jointre.encoders.onnx import ONNXEncoder
from jointre.errors import BuildError
from jointre.nn.int8 import shared_copy

PADDED, PACKED, COMPILED, ONNX = (
    f"encoder, {how}" for how in ("eager padded", "packed", "compiled", "ONNX Runtime")
)


@dataclass(frozen=True)
class ExactEncoders:
    """Encoders to compare with, by name, and a sentence on what is missing, or nothing."""

    by_name: dict[str, Encoder]
    missing: str = ""


def exact_encoders(encoder: Encoder, options: Options) -> ExactEncoders:
    """Return the encoder with padding, as the model computes it, and in ONNX Runtime (fp32 on a CPU)."""
    found = {PADDED: with_padding(encoder)}
    if options.device == "cpu" or options.compile:
        found[COMPILED if options.compile else PACKED] = encoder
    if options.device != "cpu" or options.precision != "fp32":
        return ExactEncoders(found)
    try:
        found[ONNX] = exported(found[PADDED])
    except BuildError as error:
        return ExactEncoders(found, "Not compared with ONNX Runtime: " + " ".join(str(error).split()))
    return ExactEncoders(found)


def with_padding(encoder: Encoder) -> Encoder:
    """Return a copy of an encoder that shares its weights and computes padding, as transformers does by itself."""
    copy: Any = shared_copy(encoder)
    copy._packs = False
    copy.network = getattr(copy.network, "_orig_mod", copy.network)
    return copy


def exported(encoder: Encoder) -> Encoder:
    """Return an encoder in ONNX Runtime.

    Raises:
        BuildError: a package is not installed, or the encoder cannot be exported.
    """
    with TemporaryDirectory() as folder:
        encoder.export_onnx(Path(folder))
        copy = ONNXEncoder(folder)
        copy.build(Source())
    return copy.eval()
