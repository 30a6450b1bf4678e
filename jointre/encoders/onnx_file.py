"""The files of an exported encoder: the network in ONNX, and what is known of it. They may come from anywhere."""

import hashlib
from collections.abc import Iterator
from dataclasses import asdict, dataclass, fields
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import srsly

from jointre.annotations import fits
from jointre.data.strict_read import load_json
from jointre.errors import BuildError, DataError, Fault, first_line

NETWORK, FACTS = "model.onnx", "config.json"
INPUT = "input_ids"
"""The only input of the network: word pieces [B, T] int64."""
PACKAGES = ("onnx", "onnxruntime")
DOMAINS = ("", "ai.onnx", "com.microsoft")
"""Domains of operations that ONNX Runtime computes itself, without a library of anyone else."""
AGAIN = "copy the folder again"


@dataclass(frozen=True)
class ExportedFacts:
    """What is known of an exported encoder.

    Args:
        hidden: width of the states.
        layers: number of layers.
        every_layer: whether the file returns the states of every layer, embeddings first, or only the last.
        pooled: whether the file also returns the pooled output.
        max_length: maximum number of pieces; None for no limit.
        vocabulary: number of embeddings.
        int8: whether the linear maps are computed in int8.
        sha256: SHA-256 of the network's file, in hexadecimal.
    """

    hidden: int
    layers: int
    every_layer: bool
    pooled: bool
    max_length: int | None
    vocabulary: int
    int8: bool
    sha256: str

    @property
    def outputs(self) -> list[str]:
        """The names of the outputs, in order."""
        layers = range(self.layers + 1) if self.every_layer else [self.layers]
        return [*(f"layer_{number}" for number in layers), *(["pooled"] if self.pooled else [])]

    def save(self, folder: Path) -> None:
        """Write the facts next to the network."""
        srsly.write_json(folder / FACTS, asdict(self))


def read_facts(folder: Path) -> ExportedFacts:
    """Return what is known of the exported encoder in a folder.

    Raises:
        BuildError: the folder has no exported encoder, or a value cannot be used.
    """
    if not (folder / NETWORK).is_file():
        what = f"{folder} does not contain an exported encoder ({NETWORK})"
        remedy = "an exported model cannot be trained: train the original, with its own config, and export that again"
        raise BuildError("the encoder cannot be loaded", [Fault(what, remedy=remedy)])
    try:
        data = load_json(folder / FACTS)
    except DataError as error:
        raise BuildError(error.title, error.faults) from error
    faults = list(_value_faults(data))
    if faults:
        raise BuildError("the facts about the exported encoder cannot be used", faults)
    return ExportedFacts(**data)


def _value_faults(data: Any) -> Iterator[Fault]:
    known = {field.name: field.type for field in fields(ExportedFacts)}
    if not isinstance(data, dict) or data.keys() != known.keys():
        yield Fault(f"does not have the keys {', '.join(known)}", FACTS, AGAIN)
        return
    for key, kind in known.items():
        positive = type(data[key]) is not int or data[key] > 0
        if not fits(data[key], kind) or not positive:
            yield Fault(f"{key} is {str(data[key])[:40]!r}", FACTS, AGAIN)


def read_network(folder: Path, facts: ExportedFacts) -> bytes:
    """Return the bytes of the network, after checking that it is a plain graph that needs nothing else.

    Raises:
        BuildError: a package is not installed, or the file is another than ``facts`` says, reads other files, has
            operations that need a library, or parts that may run for ever.
    """
    refuse_missing_packages()
    data = (folder / NETWORK).read_bytes()
    if hashlib.sha256(data).hexdigest() != facts.sha256:
        raise _refused(Fault("is not the file that was saved", NETWORK, AGAIN))
    import onnx

    try:
        model = onnx.load_model_from_string(data)
    except Exception as error:  # protobuf raises several kinds of errors
        raise _refused(Fault(f"cannot be read: {first_line(error)}", NETWORK, AGAIN)) from error
    if faults := list(dict.fromkeys(_graph_faults(model))):
        raise _refused(*faults)
    return data


def refuse_missing_packages(*more: str) -> None:
    """Refuse to continue without the packages for ONNX, and ``more``.

    Raises:
        BuildError: with the packages that are not installed.
    """
    missing = [name for name in (*PACKAGES, *more) if find_spec(name) is None]
    if missing:
        fault = Fault(f"{' and '.join(missing)} must be installed", remedy="pip install 'jointre[onnx]'")
        raise BuildError("an exported encoder cannot be used", [fault])


def _graph_faults(model: Any) -> Iterator[Fault]:
    """Report everything but nodes of known domains, without graphs inside them, and weights in the file itself."""
    import onnx

    tensors = list(model.graph.initializer)
    for node in (*model.graph.node, *(node for part in model.functions for node in part.node)):
        inner = {"graph": onnx.AttributeProto.GRAPH, "graphs": onnx.AttributeProto.GRAPHS}.values()
        tensors += [part.t for part in node.attribute if part.type == onnx.AttributeProto.TENSOR]
        own = (node.domain, node.op_type) in {(part.domain, part.name) for part in model.functions}
        if node.domain not in DOMAINS and not own:
            yield Fault(f"has operations of {node.domain[:40]!r}, which need a library", NETWORK)
        if any(part.type in inner for part in node.attribute):
            yield Fault(f"has branches or loops ({node.op_type[:40]})", NETWORK)
    if any(tensor.data_location == onnx.TensorProto.EXTERNAL for tensor in tensors):
        yield Fault("has weights in another file", NETWORK)


def _refused(*faults: Fault) -> BuildError:
    return BuildError("the exported network cannot be used", faults)
