"""`[initialize]`: load parts of a model, such as its encoder, from another model folder."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from torch import Tensor

from jointre.config.schema import InitializeSettings
from jointre.data.atomic_write import file_sha256
from jointre.errors import Fault, ModelFolderError, UsageError
from jointre.models.base import Model
from jointre.serialize import WEIGHTS, compare, find_model
from jointre.weights import read_tensors, unsound

Tensors = Mapping[str, Tensor]


@dataclass(frozen=True)
class Initialized:
    """What was loaded: the folder, the SHA-256 of its weights, and the tensors and parameters of each part."""

    weights: str
    sha256: str
    parts: dict[str, tuple[int, int]]

    def notices(self) -> list[str]:
        """Return one line per part."""
        return [
            f"{part} starts from {tensors} tensors ({parameters:,} parameters) of {self.weights}"
            for part, (tensors, parameters) in self.parts.items()
        ]

    def to_json(self) -> dict[str, Any]:
        """Return a JSON-ready dictionary."""
        parts = {name: {"tensors": count, "parameters": size} for name, (count, size) in self.parts.items()}
        return {"weights": self.weights, "sha256": self.sha256, "parts": parts}


def initialize(model: Model, settings: InitializeSettings) -> Initialized | None:
    """Load the parts that ``[initialize]`` names into a built model; return None if it names no folder.

    Each part is loaded as a whole: its tensors must have the same names, shapes and dtypes on both sides.

    Raises:
        UsageError: the model or the folder lacks a part, or a tensor does not fit; with all faults.
    """
    if settings.weights is None:
        return None
    given, path = _weights(settings.weights)
    own = model.state_dict()
    known = model.parts
    faults: list[Fault] = []
    chosen: dict[str, dict[str, Tensor]] = {}
    for part in settings.parts:
        if part not in known:
            fault = Fault(f"the model has no part {part!r}", "initialize.parts", f"known: {', '.join(known)}")
            faults.append(fault)
            continue
        chosen[part] = _below(given, known[part])
        faults += _misfits(part, _below(own, known[part]), chosen[part])
    if faults:
        raise UsageError(f"cannot initialize the model from {path}", faults)
    for tensors in chosen.values():
        model.load_state_dict(tensors, strict=False)
    model.initialized(settings.parts)
    counts = {part: (len(found), sum(t.numel() for t in found.values())) for part, found in chosen.items()}
    return Initialized(settings.weights, file_sha256(path), counts)


def _weights(folder: str) -> tuple[Tensors, Path]:
    path = find_model(Path(folder)) / WEIGHTS
    try:
        return read_tensors(path), path
    except ModelFolderError as error:
        place, remedy = f"initialize.weights: {path}", "name a model folder, or the run folder around it"
        faults = [Fault(fault.what, place, remedy) for fault in error.faults]
        raise UsageError("cannot read the weights for [initialize]", faults) from error


def _below(tensors: Tensors, prefixes: Sequence[str]) -> dict[str, Tensor]:
    return {name: value for name, value in tensors.items() if name.startswith(tuple(prefixes))}


def _misfits(part: str, own: Tensors, given: Tensors) -> list[Fault]:
    place = f"initialize.parts: {part}"
    if not own or not given:
        whose = "the model" if not own else "the folder"
        remedy = "leave it out of initialize.parts, or use the same settings for that part in both configs"
        return [Fault(f"{whose} has no weights for it", place, remedy)]
    return [Fault(fault.what, place) for fault in compare(own, given) or unsound(given)]
