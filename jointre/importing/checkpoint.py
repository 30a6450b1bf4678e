"""Read a checkpoint in the folder layout of transformers, without running anything in it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from jointre.data.strict_read import load_json
from jointre.errors import DataError, Fault, ModelFolderError, first_line
from jointre.weights import read_tensors, unsound

INDEX = ".index.json"
FILES = ("model.safetensors", "pytorch_model.bin")
WEIGHTS = (FILES[0], FILES[0] + INDEX, FILES[1], FILES[1] + INDEX)
VOCABULARY = ("tokenizer.json", "vocab.txt")


@dataclass(frozen=True)
class Checkpoint:
    """A checkpoint that was read.

    Args:
        folder: its folder.
        file: the weights file (or the index of its parts) that was read.
        config: ``config.json``.
        tokenizer_config: ``tokenizer_config.json``; empty if there is none.
        tensors: all tensors by name, on the CPU.
    """

    folder: Path
    file: str
    config: dict[str, Any]
    tokenizer_config: dict[str, Any]
    tensors: dict[str, Tensor]


def read_checkpoint(folder: Path) -> Checkpoint:
    """Read ``config.json``, the tokenizer's settings and the tensors of a folder.

    Raises:
        ModelFolderError: with all files that are missing or cannot be read.
    """
    faults: list[Fault] = []
    config = _object(folder / "config.json", faults)
    settings = folder / "tokenizer_config.json"
    tokenizer_config = _object(settings, faults) if settings.exists() else {}
    if not any((folder / name).is_file() for name in VOCABULARY):
        faults.append(Fault(f"there is neither {' nor '.join(VOCABULARY)}", str(folder)))
    file = next((name for name in WEIGHTS if (folder / name).is_file()), None)
    if file is None:
        faults.append(Fault(f"there is neither {' nor '.join(FILES)}", str(folder)))
    tensors = _tensors(folder / file, faults) if file else {}
    if faults or file is None:
        raise ModelFolderError(f"{folder} cannot be read as a checkpoint", [*faults, *_advice(folder)])
    return Checkpoint(folder, file, config, tokenizer_config, tensors)


def _advice(folder: Path) -> list[Fault]:
    """Suggest a folder inside that was probably meant."""
    inner = [path.parent for path in sorted(folder.glob("*/config.json"))]
    if not inner or (folder / "config.json").exists():
        return []
    return [Fault("a folder inside has a config.json", str(folder), f"did you mean {inner[0]}?")]


def _object(path: Path, faults: list[Fault]) -> dict[str, Any]:
    """Return the object in a JSON file; append what is wrong with it to ``faults``."""
    try:
        data = load_json(path)
    except DataError as error:
        faults += error.faults
        return {}
    if not isinstance(data, dict):
        faults.append(Fault("is not a JSON object", str(path)))
        return {}
    return data


def _tensors(path: Path, faults: list[Fault]) -> dict[str, Tensor]:
    """Return the tensors of one weights file, or of all parts in an index."""
    if not path.name.endswith(INDEX):
        return _file(path, faults)
    places = _object(path, faults).get("weight_map")
    if not isinstance(places, Mapping) or not all(isinstance(name, str) for name in places.values()):
        faults.append(Fault("there is no object 'weight_map' that names a file for each tensor", str(path)))
        return {}
    tensors: dict[str, Tensor] = {}
    for name in sorted(set(places.values())):
        if Path(name).name != name or not (path.parent / name).is_file():
            faults.append(Fault(f"names {name!r}, which is not a file in this folder", str(path)))
        else:
            tensors.update(_file(path.parent / name, faults))
    return tensors


def _file(path: Path, faults: list[Fault]) -> dict[str, Tensor]:
    read: Callable[[Path], Any] = read_tensors if path.suffix == ".safetensors" else _unpickle
    try:
        tensors = read(path)
    except ModelFolderError as error:
        faults += error.faults
        return {}
    except OSError as error:
        faults.append(Fault(f"cannot be read: {first_line(error)}", str(path), "copy the file again"))
        return {}
    except Refused as error:
        faults.append(Fault(str(error), str(path), Refused.remedy))
        return {}
    others = [name for name, value in tensors.items() if not isinstance(value, Tensor)]
    faults += [Fault(f"{name!r} is not a tensor", str(path), Refused.remedy) for name in others]
    if others:
        return {}
    faults += [fault.at(str(path)) for fault in unsound(tensors)]
    return dict(tensors)


class Refused(Exception):
    """A ``.bin`` file that cannot be opened without trusting it."""

    remedy = "if you trust the file, save its tensors as model.safetensors and import that"


def _unpickle(path: Path) -> dict[str, Tensor]:
    """Return the tensors of a ``.bin`` file, which is a pickle: only its tensors are made, nothing in it is called."""
    try:
        state = torch.load(path, map_location="cpu", weights_only=True)
    except OSError:
        raise
    except Exception as error:  # a damaged or hostile pickle can fail in any way
        what = "contains something other than tensors, or is damaged; nothing in it was run"
        raise Refused(f"{what} ({type(error).__name__})") from error
    if not isinstance(state, dict) or not all(isinstance(name, str) for name in state):
        raise Refused("is not a dictionary of tensors by name")
    return state
