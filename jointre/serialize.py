"""Write and read a model folder: config, weights, labels, tokenizer, encoder config, meta data, model card.

A folder contains only data. Reading it runs only code that is already installed; nothing is unpickled.
"""

import shutil
import tempfile
import warnings
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from importlib.metadata import version
from pathlib import Path
from typing import Any

import srsly
import torch
from safetensors.torch import save_file
from torch import Tensor

from jointre.about import __version__
from jointre.attribution import JOINTRE, failure_of
from jointre.config import Config, load_config, resolve
from jointre.config.source import Source as ConfigSource
from jointre.config.source import read
from jointre.data.atomic_write import file_sha256, private_folder, remove_parts, sync
from jointre.data.labels import Labels
from jointre.data.strict_read import load_json
from jointre.encoders.base import Source
from jointre.errors import DataError, Fault, ModelFolderError, RefusedError, first_line
from jointre.model_card import model_card
from jointre.model_folder import (
    AGAIN,
    CONFIG,
    ENCODER,
    LABELS,
    META,
    TOKENIZER,
    WEIGHTS,
    meta_faults,
    newer,
    odd_files,
    unknown_components,
)
from jointre.models.base import Model
from jointre.tokenizers.base import Tokenizer
from jointre.tryout import try_out, vocabulary_faults
from jointre.versions import written_by
from jointre.weights import OTHER_WEIGHTS, Size, building_within, read_tensors, unsound

FILES = (CONFIG, WEIGHTS, LABELS, META, ENCODER, TOKENIZER)
SECTIONS = ("splitter", "segmenter", "tokenizer", "model", "evaluation")
OLD = {
    "splitter": {"@splitters": "jointre.english_words.v1"},
    "segmenter": {"@segmenters": "jointre.sentences.v1"},
}
LIBRARIES = ("torch", "transformers", "tokenizers")


def save_model(
    folder: Path, model: Model, tokenizer: Tokenizer, config: Config, meta: Mapping[str, Any] | None = None
) -> None:
    """Write a model folder; it is either complete or absent.

    Args:
        folder: replaced if it exists.
        model, tokenizer: built.
        config: the filled config that the model was made from.
        meta: scores and other facts that the run recorded.
    """
    folder.parent.mkdir(parents=True, exist_ok=True)
    with private_folder(folder) as place:
        part = place / folder.name
        part.mkdir()
        _write(part, model, tokenizer, config, dict(meta or {}))
        for path in part.rglob("*"):
            sync(path)
        _swap(part, folder)
        sync(folder.parent)


def _write(folder: Path, model: Model, tokenizer: Tokenizer, config: Config, meta: dict[str, Any]) -> None:
    (folder / "config.cfg").write_text(config.text(), encoding="utf8")
    write_tensors(apart(model.state_dict()), folder / WEIGHTS)
    srsly.write_json(folder / "labels.json", model.labels.to_json())
    tokenizer.save(folder / "tokenizer")
    save_encoders(model, folder)
    facts = {
        **made_with(config, SECTIONS),
        "weights_sha256": file_sha256(folder / WEIGHTS),
        "parameters": sum(p.numel() for p in model.parameters()),
        **meta,
    }
    srsly.write_json(folder / "meta.json", facts)
    (folder / "README.md").write_text(model_card(model.labels, facts), encoding="utf8")


def save_encoders(model: Model, folder: Path) -> None:
    """Write the configuration of every encoder to its place in a model folder."""
    for place, encoder in model.encoders.items():
        (folder / place).mkdir(parents=True, exist_ok=True)
        encoder.save(folder / place)


def made_with(
    config: Config, sections: Sequence[str], libraries: Sequence[str] = LIBRARIES
) -> dict[str, Any]:
    """Return the versions of jointre, of libraries, and of the packages whose functions the sections use."""
    return {
        "jointre": __version__,
        "libraries": {name: version(name) for name in libraries},
        "packages": config.packages(sections),
    }


def _swap(part: Path, folder: Path) -> None:
    if not folder.exists():
        part.rename(folder)
        return
    old = Path(tempfile.mkdtemp(prefix=f".{folder.name}-old-", dir=folder.parent))
    folder.rename(old / "model")
    try:
        part.rename(folder)
    except BaseException:
        (old / "model").rename(folder)  # if this fails, too, the old model stays where it was set aside
        old.rmdir()
        raise
    shutil.rmtree(old)


def apart(tensors: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Return the tensors on the CPU as safetensors requires them: contiguous, and no two in the same memory."""
    result: dict[str, Tensor] = {}
    taken: set[int] = set()
    for name, value in tensors.items():
        value = value.detach().cpu().contiguous()
        place = value.untyped_storage().data_ptr()
        result[name] = value.clone() if place in taken else value
        taken.add(place)
    return result


def write_tensors(tensors: Mapping[str, Tensor], path: Path, header: dict[str, str] | None = None) -> None:
    """Write a safetensors file with the usual permissions of new files; safetensors itself makes it readable only by
    its owner.
    """
    path.touch()
    mode = path.stat().st_mode
    save_file(dict(tensors), path, header)
    path.chmod(mode)


def recover(folder: Path) -> None:
    """Clean up after a save that was killed: remove incomplete files, and restore a model that had been set aside."""
    for old in folder.parent.glob(f".{folder.name}-old-*"):
        aside = old / "model"
        if aside.is_dir() and not folder.exists():
            aside.rename(folder)
        shutil.rmtree(old, ignore_errors=True)
    remove_parts(folder.parent)


def load_model(folder: Path, device: torch.device) -> tuple[Model, Tokenizer, Config, dict[str, Any]]:
    """Read a model folder: the model in evaluation mode on ``device``, tokenizer, config, meta data.

    A folder may come from anywhere, so nothing in it is trusted: see docs/model-folder.md.

    Raises:
        ModelFolderError: with all faults: missing files, a plugin that is not installed, an invalid config, altered
            weights, tensors that are missing, unexpected, or of another shape or dtype.
    """
    folder = find_model(folder)
    meta: dict[str, Any] = {}
    try:
        _refuse_incomplete(folder)
        meta = _meta(folder)
        return _load(folder, meta, device)
    except OSError as error:
        fault = Fault(f"cannot be read: {error.strerror or error}", str(error.filename or ""))
        raise _refused(folder, [*newer(meta), fault]) from error
    except RefusedError as error:
        raise _refused(folder, [*newer(meta), *(error.faults or [Fault(error.title)])]) from error


def _refuse_incomplete(folder: Path) -> None:
    if not folder.is_dir():
        what = "it is a file, not a folder" if folder.exists() else "the folder does not exist"
        raise _refused(folder, [Fault(what, remedy="pass a folder written by `jointre train`")])
    missing = [name for name in FILES if not (folder / name).exists() and not (folder / name).is_symlink()]
    if missing:
        what = (
            "copy the whole folder"
            if len(missing) < len(FILES) - 1
            else "pass a folder written by `jointre train`"
        )
        raise _refused(folder, [Fault(f"{name} is missing", remedy=what) for name in missing])
    if odd := list(odd_files(folder)):
        raise _refused(folder, odd)


def _load(
    folder: Path, meta: dict[str, Any], device: torch.device
) -> tuple[Model, Tokenizer, Config, dict[str, Any]]:
    config = _config(folder, meta)
    labels = Labels.from_json(_json(folder, LABELS), LABELS)
    source = Source(folder, weights=False)
    with _refusing("cannot be built"), building_within(Size.of(folder / WEIGHTS)):
        model, tokenizer = resolve(config, "model"), resolve(config, "tokenizer")
        resolve(config, "evaluation")
        resolve(config, "splitter"), resolve(config, "segmenter")
        pieces = tokenizer.build(source)
        model.build(replace(source, tokenizer=tokenizer), labels)
    _load_weights(model, folder)
    if faults := list(vocabulary_faults(model, pieces)):
        raise _refused(folder, faults)
    model = model.to(device).eval()
    with _refusing("cannot predict"):
        try_out(model, tokenizer)
    for fault in newer(meta):
        warnings.warn(f"{folder}: {fault.what}", stacklevel=4)
    return model, tokenizer, config, meta


@contextmanager
def _refusing(what: str) -> Iterator[None]:
    """Turn anything that a component raises over odd values into an error about the folder."""
    try:
        yield
    except (RefusedError, OSError):
        raise
    except Exception as error:
        if failure_of(error).owner != JOINTRE:  # a plugin failed, which is not the folder's fault
            raise
        fault = Fault(f"the model {what}: {type(error).__name__}: {first_line(error)}")
        raise ModelFolderError("a model folder cannot be used", [fault]) from error


def find_model(folder: Path) -> Path:
    """Return the model folder itself, or the one inside a run folder."""
    if (folder / "meta.json").is_file() or not (folder / "model").is_dir():
        return folder
    return folder / "model"


def _config(folder: Path, meta: Mapping[str, Any]) -> Config:
    text = read(folder / CONFIG)
    if unknown := list(unknown_components(text, SECTIONS)):
        remedy = "install the package that provides it, or pass its file with --code"
        version_note = [] if newer(meta) else [Fault(written_by(meta.get("jointre")), META)]
        raise _refused(folder, [*version_note, *unknown[:-1], replace(unknown[-1], remedy=remedy)])
    return load_config(_with_sections(text), sections=SECTIONS)


def _with_sections(text: ConfigSource) -> ConfigSource:
    """Return the config with the splitter and segmenter of models that are older than these sections."""
    return replace(text, tree={**OLD, **text.tree})


def _meta(folder: Path) -> dict[str, Any]:
    meta = _json(folder, META)
    faults = [*newer(meta), *meta_faults(meta)]
    if file_sha256(folder / WEIGHTS) != meta.get("weights_sha256"):
        faults.append(Fault(f"{WEIGHTS} is not the file that was saved", remedy=AGAIN))
    if len(faults) > len(newer(meta)):
        raise _refused(folder, faults)
    return meta


def _json(folder: Path, name: str) -> dict[str, Any]:
    try:
        data = load_json(folder / name)
    except DataError as error:
        raise _refused(folder, [replace(fault, remedy=AGAIN) for fault in error.faults]) from error
    if not isinstance(data, dict):
        raise _refused(folder, [Fault(f"{name} is not a JSON object", remedy=AGAIN)])
    return data


def _load_weights(model: Model, folder: Path) -> None:
    state = read_tensors(folder / WEIGHTS)
    faults = compare(model.state_dict(), state)
    if faults:
        raise _refused(folder, [*faults[:-1], replace(faults[-1], remedy=OTHER_WEIGHTS)])
    parameters = [name for name, _ in model.named_parameters(remove_duplicate=False)]
    if faults := unsound({name: state[name] for name in parameters if name in state}):
        remedy = "train the model again, with a smaller training.optimizer.lr or with training.clip"
        raise _refused(folder, [*faults[:-1], replace(faults[-1], remedy=remedy)])
    model.load_state_dict(state, strict=True)


def compare(expected: Mapping[str, Tensor], given: Mapping[str, Tensor]) -> list[Fault]:
    """Return every difference in names, shapes and dtypes between two sets of tensors."""
    faults = [Fault(f"tensor {name} is missing") for name in sorted(expected.keys() - given.keys())]
    faults += [
        Fault(f"tensor {name} does not belong to any part of the model")
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


def _refused(folder: Path, faults: Sequence[Fault]) -> ModelFolderError:
    return ModelFolderError(f"{folder} cannot be used as a model folder", faults)
