"""Account for the tensors of a checkpoint: old names, missing tensors, unexpected tensors, wrong shapes."""

from collections.abc import Mapping
from dataclasses import dataclass

from torch import Tensor

from jointre.errors import Fault

OLD_ENDS = {"LayerNorm.gamma": "LayerNorm.weight", "LayerNorm.beta": "LayerNorm.bias"}


@dataclass(frozen=True)
class Shape:
    """The shape that a tensor must have, and why."""

    size: tuple[int, ...]
    reason: str


def modern_names(tensors: Mapping[str, Tensor]) -> tuple[dict[str, Tensor], list[str], list[Fault]]:
    """Return tensors by today's names, the old names that occurred, and a fault for each name that occurred twice.

    Checkpoints converted from TensorFlow call the parts of a layer norm ``gamma`` and ``beta``.
    """
    result: dict[str, Tensor] = {}
    renamed: list[str] = []
    faults: list[Fault] = []
    for name, tensor in tensors.items():
        new = _modern(name)
        if new != name:
            renamed.append(name)
        if new in result:
            faults.append(Fault("occurs twice, under its old and its new name", new))
        result[new] = tensor
    return result, renamed, faults


def _modern(name: str) -> str:
    for old, new in OLD_ENDS.items():
        if name.endswith(old):
            return name.removesuffix(old) + new
    return name


def compare(expected: Mapping[str, Shape], given: Mapping[str, Tensor], model: str) -> list[Fault]:
    """Return every difference between the tensors that ``model`` needs and the given ones."""
    missing = [name for name in expected if name not in given]
    unexpected = [name for name in given if name not in expected]
    faults = [Fault("is missing", name) for name in missing]
    faults += [Fault(f"does not belong to any part of {model}", name) for name in unexpected]
    for name, shape in expected.items():
        if name not in given:
            continue
        size = tuple(given[name].shape)
        if size != shape.size:
            what = f"has shape {list(size)} where {list(shape.size)} is needed: {shape.reason}"
            faults.append(Fault(what, name))
        elif not given[name].is_floating_point():
            faults.append(Fault(f"contains {given[name].dtype}, not floating-point numbers", name))
    return faults
