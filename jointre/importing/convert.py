"""Convert a checkpoint of a published implementation into a jointre model folder with the same predictions."""

import math
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from jointre.config import load_config, resolve
from jointre.data.labels import Labels, load_types
from jointre.encoders.base import Source
from jointre.errors import Fault, ModelFolderError
from jointre.importing.checkpoint import Checkpoint, read_checkpoint
from jointre.importing.layout import UNUSED, Layout, Request, Table, check, flat, to_jointre
from jointre.importing.layouts import recognised
from jointre.importing.tensors import modern_names
from jointre.model_folder import refuse_output
from jointre.serialize import save_model


@dataclass(frozen=True)
class Imported:
    """The result of an import.

    Args:
        folder: the model folder that was written.
        file: the weights file that was read.
        labels: the types of the model.
        tensors: number of tensors that were imported.
        left_out: tensors that the published code has but does not use.
        renamed: tensors that had an old name, by that name.
    """

    folder: Path
    file: str
    labels: Labels
    tensors: int
    left_out: list[str]
    renamed: list[str]


@dataclass(frozen=True)
class ImportRequest:
    """The request for an import: the arguments of `import_spert` and `import_sinet`."""

    folder: Path
    out: Path
    types: Path
    max_width: int
    threshold: float
    lowercase: bool | None
    force: bool
    heads: int | None = None


def convert(layout: Layout, request: ImportRequest) -> Imported:
    """Write a model folder with the predictions of the published code for this checkpoint.

    Raises:
        UsageError: the output is in use.
        DataError: the types file cannot be used.
        ModelFolderError: with every file and every tensor that does not fit.
    """
    refuse_output(
        request.out, {"the checkpoint": request.folder, "the types file": request.types}, request.force
    )
    labels = load_types(request.types)
    checkpoint = read_checkpoint(request.folder)
    modern, renamed, faults = modern_names(checkpoint.tensors)
    _refuse_kind(layout, checkpoint, modern)
    left_out = [name for name in UNUSED if modern.pop(name, None) is not None]
    state = flat(layout, modern)
    table = Table.of(state)
    config = load_config(layout.base, overrides=_overrides(checkpoint, table, request))
    tokenizer, model = resolve(config, "tokenizer"), resolve(config, "model")
    needs = Request(labels, request.types, request.max_width, tokenizer.build(Source()))
    with torch.device("meta"):
        model.build(Source(weights=False), labels)
    faults += [*_heads(checkpoint, request.heads), *check(layout, model, state, table, needs)]
    if faults:
        raise _refusal(layout, checkpoint, faults)
    model.load_state_dict(to_jointre(layout, state, table), strict=True, assign=True)
    facts = {
        "layout": layout.command,
        "folder": str(request.folder),
        "file": checkpoint.file,
        "left_out": left_out,
    }
    save_model(request.out, model, tokenizer, config, {"imported": facts})
    return Imported(request.out, checkpoint.file, labels, len(state), left_out, renamed)


def _refusal(layout: Layout, checkpoint: Checkpoint, faults: list[Fault]) -> ModelFolderError:
    return ModelFolderError(f"{checkpoint.folder} cannot be imported as a {layout.model} model", faults)


def _refuse_kind(layout: Layout, checkpoint: Checkpoint, state: dict[str, Tensor]) -> None:
    """Refuse another encoder and another model, without looking for further faults in them."""
    faults = []
    kind = checkpoint.config.get("model_type")
    if kind is None:
        what, remedy = "there is no model_type", 'add "model_type": "bert" if it is a BERT model'
        faults.append(Fault(what, str(checkpoint.folder / "config.json"), remedy))
    elif kind != "bert":
        what = f"the encoder is {kind!r}, but {layout.model}'s published code supports only BERT"
        faults.append(Fault(what, str(checkpoint.folder / "config.json")))
    found = recognised(state)
    if found is not None and found != layout:
        what, place = f"contains a {found.model} model", str(checkpoint.folder / checkpoint.file)
        faults.append(Fault(what, place, f"use jointre import {found.command}"))
    if faults:
        raise _refusal(layout, checkpoint, faults)


def _overrides(checkpoint: Checkpoint, table: Table, request: ImportRequest) -> dict[str, Any]:
    """Return the values that the checkpoint and the request change in the built-in config."""
    lowercase = _lowercase(checkpoint) if request.lowercase is None else request.lowercase
    values: dict[str, Any] = {
        "model.encoder.name": str(checkpoint.folder.resolve()),
        "model.entity_head.extractor.width_rows": table.rows,
        "model.entity_head.extractor.width_dim": table.dim,
        "model.entity_head.sampler.max_width": request.max_width,
        "model.relation_head.threshold": float(request.threshold),
        "model.symmetric_merge": "first",
        "tokenizer.lowercase": lowercase,
    }
    if (
        request.heads is not None
    ):  # always a divisor, so that the model can be built and everything else checked
        values["model.context.heads"] = math.gcd(request.heads, _hidden(checkpoint))
    return values


def _heads(checkpoint: Checkpoint, heads: int | None) -> list[Fault]:
    hidden = _hidden(checkpoint)
    if heads is None or hidden % heads == 0:
        return []
    divisors = ", ".join(str(n) for n in range(1, 17) if hidden % n == 0)
    what = f"--heads {heads} does not divide hidden_size {hidden}"
    remedy = f"use the number that the model was trained with; possible numbers: {divisors}"
    return [Fault(what, str(checkpoint.folder / "config.json"), remedy)]


def _hidden(checkpoint: Checkpoint) -> int:
    """Return the width of the encoder; BERT's own if config.json has no usable one."""
    hidden = checkpoint.config.get("hidden_size")
    return hidden if type(hidden) is int and hidden > 0 else 768


def _lowercase(checkpoint: Checkpoint) -> bool | None:
    """Return the checkpoint's setting; a vocab.txt alone is cased, as in the published code."""
    stored = checkpoint.tokenizer_config.get("do_lower_case")
    if isinstance(stored, bool):
        return stored
    return None if (checkpoint.folder / "tokenizer.json").is_file() else False
