"""Write and read a model folder: config, weights, labels, tokenizer, encoder config, meta data, card.

A folder is data. Reading it runs only code that is already installed; nothing is unpickled.
"""

import hashlib
import shutil
import sys
import tempfile
from collections.abc import Mapping
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import srsly
import torch
from safetensors import SafetensorError
from safetensors.torch import load_file, save_file
from torch import Tensor

from jointre.about import __version__
from jointre.config import Config, load_config, resolve
from jointre.data.labels import Labels
from jointre.encoders.base import Source
from jointre.errors import Fault, ModelFolderError
from jointre.model_card import model_card
from jointre.models.base import Model
from jointre.tokenizers.base import Tokenizer

WEIGHTS = "model.safetensors"
FILES = ("config.cfg", WEIGHTS, "labels.json", "meta.json", "encoder/config.json", "tokenizer")
SECTIONS = ("tokenizer", "model", "evaluation")
LIBRARIES = ("torch", "transformers", "tokenizers")


def save_model(
    folder: Path, model: Model, tokenizer: Tokenizer, config: Config, meta: Mapping[str, Any] | None = None
) -> None:
    """Write a model folder; it appears whole or not at all.

    Args:
        folder: replaced if it exists.
        model, tokenizer: built.
        config: the filled config that the model was made from.
        meta: scores and whatever else the run recorded.
    """
    folder.parent.mkdir(parents=True, exist_ok=True)
    part = Path(tempfile.mkdtemp(prefix=f".{folder.name}-", dir=folder.parent))
    try:
        _write(part, model, tokenizer, config, dict(meta or {}))
        part.chmod(0o755)
        _swap(part, folder)
    finally:
        shutil.rmtree(part, ignore_errors=True)


def _write(folder: Path, model: Model, tokenizer: Tokenizer, config: Config, meta: dict[str, Any]) -> None:
    (folder / "config.cfg").write_text(config.text(), encoding="utf8")
    state = {name: value.detach().cpu().contiguous() for name, value in model.state_dict().items()}
    save_file(state, folder / WEIGHTS)
    srsly.write_json(folder / "labels.json", model.labels.to_json())
    tokenizer.save(folder / "tokenizer")
    model.encoder.save(folder / "encoder")
    facts = {
        "jointre": __version__,
        "libraries": {name: version(name) for name in LIBRARIES},
        "packages": config.packages(SECTIONS),
        "weights_sha256": _sha256(folder / WEIGHTS),
        "parameters": sum(p.numel() for p in model.parameters()),
        **meta,
    }
    srsly.write_json(folder / "meta.json", facts)
    (folder / "README.md").write_text(model_card(model.labels, facts), encoding="utf8")


def _swap(part: Path, folder: Path) -> None:
    if not folder.exists():
        part.rename(folder)
        return
    old = Path(tempfile.mkdtemp(prefix=f".{folder.name}-old-", dir=folder.parent))
    folder.rename(old / "model")
    part.rename(folder)
    shutil.rmtree(old)


def load_model(folder: Path, device: torch.device) -> tuple[Model, Tokenizer, Config, dict[str, Any]]:
    """Read a model folder: the model in evaluation mode on ``device``, tokenizer, config, meta data.

    Raises:
        ModelFolderError: with all faults: missing files, a plugin that is not installed, altered weights,
            tensors that are missing, too many, or of another shape or dtype.
        ConfigError: the folder's config does not check.
    """
    folder = find_model(folder)
    if not folder.is_dir():
        raise _refused(
            folder, [Fault("there is no such folder", remedy="give the folder that a training wrote")]
        )
    missing = [name for name in FILES if not (folder / name).exists()]
    if missing:
        raise _refused(folder, [Fault(f"{name} is missing") for name in missing])
    meta = _meta(folder)
    config = load_config(folder / "config.cfg", sections=SECTIONS)
    labels = Labels.from_json(_json(folder, "labels.json"))
    model, tokenizer = resolve(config, "model"), resolve(config, "tokenizer")
    source = Source(folder, weights=False)
    tokenizer.build(source)
    model.build(source, labels)
    _load_weights(model, folder, meta)
    return model.to(device).eval(), tokenizer, config, meta


def find_model(folder: Path) -> Path:
    """The model folder itself, or the one inside a run folder."""
    if (folder / "meta.json").is_file() or not (folder / "model").is_dir():
        return folder
    return folder / "model"


def _meta(folder: Path) -> dict[str, Any]:
    meta = _json(folder, "meta.json")
    faults = []
    for package, number in meta.get("packages", {}).items():
        faults += _not_there(package, number)
    if _sha256(folder / WEIGHTS) != meta.get("weights_sha256"):
        faults.append(Fault(f"{WEIGHTS} is not the file that was saved", remedy="copy the folder again"))
    if faults:
        raise _refused(folder, faults)
    return meta


def _json(folder: Path, name: str) -> dict[str, Any]:
    try:
        data = srsly.read_json(folder / name)
    except ValueError as error:
        raise _refused(folder, [Fault(f"{name} is no JSON: {error}")]) from error
    if not isinstance(data, dict):
        raise _refused(folder, [Fault(f"{name} holds no JSON object")])
    return data


def _not_there(package: str, number: str) -> list[Fault]:
    """What to say of a provider of functions that is absent; one without a version was a ``--code`` file."""
    if not number:
        what = f"the model uses functions of {package}.py, which was given with --code"
        return [] if package in sys.modules else [Fault(what, remedy=f"give it again: --code {package}.py")]
    try:
        version(package)
    except PackageNotFoundError:
        what = f"the model uses functions of the package {package!r}, which is not installed"
        return [Fault(what, remedy=f"pip install {package}=={number}")]
    return []


def _load_weights(model: Model, folder: Path, meta: Mapping[str, Any]) -> None:
    try:
        state = load_file(folder / WEIGHTS)
    except SafetensorError as error:
        raise _refused(folder, [Fault(f"{WEIGHTS} cannot be read: {error}")]) from error
    faults = compare(model.state_dict(), state)
    if faults:
        raise _refused(folder, faults)
    model.load_state_dict(state, strict=True)


def compare(expected: Mapping[str, Tensor], given: Mapping[str, Tensor]) -> list[Fault]:
    """Every difference in names, shapes and dtypes between two sets of tensors."""
    faults = [Fault(f"tensor {name} is missing") for name in sorted(expected.keys() - given.keys())]
    faults += [
        Fault(f"tensor {name} belongs to no part of the model")
        for name in sorted(given.keys() - expected.keys())
    ]
    for name in sorted(expected.keys() & given.keys()):
        want, have = expected[name], given[name]
        if want.shape != have.shape:
            faults.append(
                Fault(f"tensor {name} has shape {list(have.shape)}, the config asks for {list(want.shape)}")
            )
        elif want.dtype != have.dtype:
            faults.append(Fault(f"tensor {name} is {have.dtype}, not {want.dtype}"))
    return faults


def _sha256(path: Path) -> str:
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(1 << 20):
            digest.update(block)
    return digest.hexdigest()


def _refused(folder: Path, faults: list[Fault]) -> ModelFolderError:
    return ModelFolderError(f"{folder} cannot be used as a model folder", faults)
