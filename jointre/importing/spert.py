"""Checkpoints of the published SpERT implementation as jointre model folders, with the same predictions."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch

from jointre.config import load_config, resolve
from jointre.data.labels import Labels, load_types
from jointre.encoders.base import Source
from jointre.errors import Fault, ModelFolderError, UsageError
from jointre.importing.checkpoint import Checkpoint, read_checkpoint
from jointre.importing.spert_layout import UNUSED, Request, Table, check, to_jointre
from jointre.importing.tensors import modern_names
from jointre.serialize import save_model

BASE = "spert/conll04"


@dataclass(frozen=True)
class Imported:
    """What an import did.

    Args:
        folder: the model folder that was written.
        file: the weights file that was read.
        labels: the types of the model.
        tensors: number of tensors taken over.
        left_out: tensors that SpERT has but does not use.
        renamed: tensors that stood there under an old name, by that name.
    """

    folder: Path
    file: str
    labels: Labels
    tensors: int
    left_out: list[str]
    renamed: list[str]


def import_spert(
    folder: Path,
    out: Path,
    types: Path,
    *,
    max_width: int = 10,
    threshold: float = 0.4,
    lowercase: bool | None = None,
    force: bool = False,
) -> Imported:
    """Write a jointre model folder that predicts what the published code does with this checkpoint.

    Args:
        folder: the checkpoint: ``config.json``, the tokenizer's files, ``model.safetensors`` or
            ``pytorch_model.bin``.
        out: the model folder to write.
        types: the types file that the model was trained with; its order is the order of the classes.
        max_width: widest entity in words (SpERT: ``max_span_size``).
        threshold: a relation holds at this probability or above (SpERT: ``rel_filter_threshold``).
        lowercase: whether the tokenizer lower-cases; None takes the checkpoint's ``do_lower_case``.
        force: whether a model folder at ``out`` is replaced.

    Raises:
        UsageError: ``out`` is in use.
        DataError: the types file cannot be used.
        ModelFolderError: with every file and every tensor that does not fit.
    """
    _refuse_output(out, folder, force)
    labels = load_types(types)
    checkpoint = read_checkpoint(folder)
    _refuse_encoder(checkpoint)
    state, renamed, faults = modern_names(checkpoint.tensors)
    left_out = [name for name in UNUSED if state.pop(name, None) is not None]
    table = Table.of(state)
    config = load_config(BASE, overrides=_overrides(checkpoint, table, max_width, threshold, lowercase))
    tokenizer, model = resolve(config, "tokenizer"), resolve(config, "model")
    request = Request(labels, types, max_width, tokenizer.build(Source()))
    with torch.device("meta"):
        model.build(Source(weights=False), labels)
    faults += check(model, state, table, request)
    if faults:
        raise ModelFolderError(f"{folder} cannot be imported as a SpERT model", faults)
    model.load_state_dict(to_jointre(state, table), strict=True, assign=True)
    facts = {"layout": "spert", "folder": str(folder), "file": checkpoint.file, "left_out": left_out}
    save_model(out, model, tokenizer, config, {"imported": facts})
    return Imported(out, checkpoint.file, labels, len(state), left_out, renamed)


def _refuse_output(out: Path, folder: Path, force: bool) -> None:
    """Refuse an output that is in use; only a model folder is ever replaced, never the checkpoint."""
    place, source = out.resolve(), folder.resolve()
    another = "choose another folder"
    if place == source or place in source.parents:
        raise UsageError("nothing is written", [Fault("it holds the checkpoint", str(out), another)])
    used = out.is_file() or (out.is_dir() and any(out.iterdir()))
    if used and not force:
        fault = Fault("it is not empty", str(out), f"{another}, or --force to replace a model folder")
        raise UsageError("nothing is written", [fault])
    if used and not (out / "meta.json").is_file():
        raise UsageError("nothing is written", [Fault("it is no model folder", str(out), another)])


def _refuse_encoder(checkpoint: Checkpoint) -> None:
    kind = checkpoint.config.get("model_type")
    if kind == "bert":
        return
    what, remedy = f"the encoder is {kind!r}; SpERT's published code has BERT only", ""
    if kind is None:
        what, remedy = "there is no model_type", 'add "model_type": "bert" if it is a BERT model'
    fault = Fault(what, str(checkpoint.folder / "config.json"), remedy)
    raise ModelFolderError(f"{checkpoint.folder} cannot be imported as a SpERT model", [fault])


def _overrides(
    checkpoint: Checkpoint, table: Table, max_width: int, threshold: float, lowercase: bool | None
) -> Mapping[str, Any]:
    """What the checkpoint and the request change in the shipped SpERT config."""
    return {
        "model.encoder.name": str(checkpoint.folder.resolve()),
        "model.entity_head.extractor.width_rows": table.rows,
        "model.entity_head.extractor.width_dim": table.dim,
        "model.entity_head.sampler.max_width": max_width,
        "model.relation_head.threshold": float(threshold),
        "model.symmetric_merge": "first",
        "tokenizer.lowercase": _lowercase(checkpoint) if lowercase is None else lowercase,
    }


def _lowercase(checkpoint: Checkpoint) -> bool | None:
    """The checkpoint's setting; a bare vocab.txt is cased, as in the published code."""
    stored = checkpoint.tokenizer_config.get("do_lower_case")
    if isinstance(stored, bool):
        return stored
    return None if (checkpoint.folder / "tokenizer.json").is_file() else False
