"""Export a transformers network to ONNX."""

import logging
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import torch
from torch import Tensor, nn

from jointre.data.atomic_write import file_sha256
from jointre.encoders.onnx_file import INPUT, NETWORK, ExportedFacts, refuse_missing_packages
from jointre.errors import BuildError, Fault, first_line

EXAMPLE = (2, 7)
"""Documents and pieces of the batch with which a network is traced; both numbers may vary afterwards."""
LOUD = ("torch.onnx", "torch.export", "onnxscript", "onnx_ir", "onnxruntime", "root")


class _WithoutMask(nn.Module):
    """A network that reads documents of equal length, and returns the outputs of an exported encoder as a tuple."""

    def __init__(self, network: Any, every_layer: bool, pooled: bool) -> None:
        super().__init__()
        self.network, self.every_layer, self.pooled = network, every_layer, pooled

    def forward(self, input_ids: Tensor) -> tuple[Tensor, ...]:
        """Return the states [B, T, D] of every layer or of the last, then the pooled output [B, D] if it is read."""
        output = self.network(input_ids=input_ids, output_hidden_states=self.every_layer)
        layers = tuple(output.hidden_states) if self.every_layer else (output.last_hidden_state,)
        return (*layers, output.pooler_output) if self.pooled else layers


def export_network(network: Any, folder: Path, facts: ExportedFacts) -> ExportedFacts:
    """Write a network and what is known of it to a folder; return the facts with the hash of the file.

    Args:
        network: of transformers, in evaluation mode, on the CPU.
        folder: exists.
        facts: what the file is to return, and in which number format; the hash in it is not read.

    Raises:
        BuildError: a package is not installed, the network cannot be exported, or one file cannot hold it.
    """
    refuse_missing_packages("onnxscript")
    with TemporaryDirectory(dir=folder) as temporary, _quiet():
        plain = Path(temporary) / NETWORK
        try:
            _trace(network, facts, plain)
            if len(list(plain.parent.iterdir())) > 1:
                raise ValueError("it has more than 2 GB, which one ONNX file cannot hold")
            written = _rounded(plain) if facts.int8 else plain
        except Exception as error:  # the exporter and the code of an architecture can raise anything
            fault = Fault(f"{type(network).__name__}: {first_line(error)}", remedy="use the model as it is")
            raise BuildError("the encoder cannot be exported to ONNX", [fault]) from error
        written.rename(folder / NETWORK)
    known = replace(facts, sha256=file_sha256(folder / NETWORK))
    known.save(folder)
    return known


def _trace(network: Any, facts: ExportedFacts, file: Path) -> None:
    """Write the network in fp32."""
    ids = network.config.vocab_size // 2 + torch.arange(EXAMPLE[0] * EXAMPLE[1]).view(EXAMPLE) % 8
    free = torch.export.Dim.DYNAMIC
    program = torch.onnx.export(
        _WithoutMask(network, facts.every_layer, facts.pooled).eval(),
        (ids,),
        dynamo=True,
        dynamic_shapes=({0: free, 1: free},),
        input_names=[INPUT],
        output_names=facts.outputs,
        verbose=False,
    )
    assert program is not None
    program.save(file)


def _rounded(plain: Path) -> Path:
    """Write the network with linear maps in int8.

    Weights are rounded to 7 bits with one scale per output, and inputs to 8 bits with one scale per call, so that sums
    of products never overflow on any CPU.
    """
    from onnxruntime.quantization import QuantType, quantize_dynamic

    file = plain.with_name("int8.onnx")
    quantize_dynamic(
        plain,
        file,
        op_types_to_quantize=["MatMul", "Gemm"],
        per_channel=True,
        reduce_range=True,
        weight_type=QuantType.QInt8,
    )
    return file


@contextmanager
def _quiet() -> Iterator[None]:
    """Keep the exporter's advice about its own settings off the terminal."""
    loggers = [logging.getLogger(name) for name in LOUD]
    levels = [logger.level for logger in loggers]
    for logger in loggers:
        logger.setLevel(logging.ERROR)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        for logger, level in zip(loggers, levels, strict=True):
            logger.setLevel(level)
