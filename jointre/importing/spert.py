"""Checkpoints of the published SpERT implementation as jointre model folders, with the same predictions."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from jointre.config import Config, load_config, resolve
from jointre.data.labels import Labels, load_types
from jointre.encoders.base import Source
from jointre.errors import Fault, ModelFolderError, UsageError
from jointre.importing.checkpoint import Checkpoint, read_checkpoint
from jointre.importing.tensors import Shape, compare, modern_names
from jointre.models.base import Model
from jointre.serialize import save_model

BASE = "spert/conll04"
ENCODER = ("bert.", "encoder.network.")
HEADS = {
    "entity_classifier.weight": "entity_head.classifier.weight",
    "entity_classifier.bias": "entity_head.classifier.bias",
    "rel_classifier.weight": "relation_head.classifier.weight",
    "rel_classifier.bias": "relation_head.classifier.bias",
    "size_embeddings.weight": "entity_head.extractor.widths.weight",
}
UNUSED = ("bert.pooler.dense.weight", "bert.pooler.dense.bias", "bert.embeddings.position_ids")
WIDTHS = (100, 25)


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
        folder: the checkpoint: ``config.json``, the tokenizer's files, ``model.safetensors`` or ``pytorch_model.bin``.
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
    table = state.get("size_embeddings.weight")
    widths = WIDTHS if table is None or table.dim() != 2 else (int(table.shape[0]), int(table.shape[1]))
    chosen = {"model.entity_head.sampler.max_width": max_width, "model.relation_head.threshold": float(threshold)}
    config = _config(checkpoint, widths, {**chosen, "tokenizer.lowercase": _lowercase(checkpoint, lowercase)})
    tokenizer, model = resolve(config, "tokenizer"), resolve(config, "model")
    vocabulary = tokenizer.build(Source(weights=False))
    with torch.device("meta"):
        model.build(Source(weights=False), labels)
    faults += compare(_expected(model, checkpoint, labels, widths, types), state)
    faults += [*_width_faults(max_width, widths[0]), *_vocabulary_faults(vocabulary, state)]
    if faults:
        raise ModelFolderError(f"{folder} is no SpERT checkpoint that fits {types}", faults)
    model.load_state_dict(_ours(state, widths[1]), strict=True, assign=True)
    facts = {"layout": "spert", "folder": str(folder), "file": checkpoint.file, "left_out": left_out}
    save_model(out, model, tokenizer, config, {"imported": facts})
    return Imported(out, checkpoint.file, labels, len(state), left_out, renamed)


def _refuse_output(out: Path, folder: Path, force: bool) -> None:
    place, source = out.resolve(), folder.resolve()
    what, remedy = "", "choose another folder"
    if place == source or place in source.parents:
        what = "it holds the checkpoint"
    elif out.is_file():
        what = "it is a file"
    elif out.is_dir() and any(out.iterdir()) and not (force and (out / "meta.json").is_file()):
        what = "it is not empty" if not force else "it holds something other than a model folder"
        remedy = "choose another folder, or --force to replace a model folder" if not force else remedy
    if what:
        raise UsageError("nothing is written", [Fault(what, str(out), remedy)])


def _refuse_encoder(checkpoint: Checkpoint) -> None:
    kind = checkpoint.config.get("model_type")
    if kind == "bert":
        return
    what = f"the encoder is {kind!r}, and SpERT's published code has BERT only" if kind else "there is no model_type"
    remedy = "" if kind else 'add "model_type": "bert" if it is a BERT model'
    fault = Fault(what, str(checkpoint.folder / "config.json"), remedy)
    raise ModelFolderError(f"{checkpoint.folder} is no SpERT checkpoint", [fault])


def _lowercase(checkpoint: Checkpoint, given: bool | None) -> bool | None:
    """As given, else the checkpoint's setting; a bare vocab.txt is cased, as in the published code."""
    if given is not None:
        return given
    stored = checkpoint.tokenizer_config.get("do_lower_case")
    if isinstance(stored, bool):
        return stored
    return None if (checkpoint.folder / "tokenizer.json").is_file() else False


def _config(checkpoint: Checkpoint, widths: tuple[int, int], chosen: Mapping[str, Any]) -> Config:
    """The shipped SpERT config with what the checkpoint says."""
    stored = {
        "model.encoder.name": str(checkpoint.folder.resolve()),
        "model.entity_head.extractor.width_rows": widths[0],
        "model.entity_head.extractor.width_dim": widths[1],
        "model.symmetric_merge": "first",
    }
    return load_config(BASE, overrides={**stored, **chosen})


def _expected(
    model: Model, checkpoint: Checkpoint, labels: Labels, widths: tuple[int, int], types: Path
) -> dict[str, Shape]:
    """The tensors of such a checkpoint under their published names, each with its shape and the reason for it."""
    hidden, dim = int(checkpoint.config["hidden_size"]), widths[1]
    entities, relations = len(labels.entities), len(labels.relations)
    entity = f"{types} names {entities} entity types, and None counts as one more"
    relation = f"{types} names {relations} relation types"
    features = f"config.json has hidden_size {hidden}, size_embeddings.weight {dim} columns"
    expected = {
        name.replace(ENCODER[1], ENCODER[0], 1): Shape(tuple(tensor.shape), "as config.json asks")
        for name, tensor in model.state_dict().items()
        if name.startswith(ENCODER[1])
    }
    return {
        **expected,
        "size_embeddings.weight": Shape(widths, "a table of two dimensions"),
        "entity_classifier.weight": Shape((entities + 1, 2 * hidden + dim), f"{entity}; {features}"),
        "entity_classifier.bias": Shape((entities + 1,), entity),
        "rel_classifier.weight": Shape((relations, 3 * hidden + 2 * dim), f"{relation}; {features}"),
        "rel_classifier.bias": Shape((relations,), relation),
    }


def _width_faults(max_width: int, rows: int) -> Iterator[Fault]:
    if max_width >= rows:
        what = f"there are {rows} rows, and entities of up to {max_width} words read row {max_width}"
        yield Fault(what, "size_embeddings.weight", f"--max-width {rows - 1} at most")


def _vocabulary_faults(vocabulary: int, state: Mapping[str, Tensor]) -> Iterator[Fault]:
    name = "bert.embeddings.word_embeddings.weight"
    if name in state and vocabulary > state[name].shape[0]:
        what = f"there are {state[name].shape[0]} rows, but the tokenizer has {vocabulary} pieces"
        yield Fault(what, name, "the tokenizer's files must be those of the checkpoint")


def _ours(state: Mapping[str, Tensor], dim: int) -> dict[str, Tensor]:
    """The tensors under jointre's names; each with memory of its own."""
    result = {}
    for name, tensor in state.items():
        ours = HEADS.get(name) or name.replace(*ENCODER, 1)
        result[ours] = tensor.float().clone()
    relation = HEADS["rel_classifier.weight"]
    result[relation] = reorder(result[relation], dim)
    return result


def reorder(weight: Tensor, dim: int) -> Tensor:
    """Columns [context; head; tail; head width; tail width] in jointre's order: each width beside its span."""
    hidden = (weight.shape[1] - 2 * dim) // 3
    context, head, tail, head_width, tail_width = weight.split([hidden] * 3 + [dim] * 2, dim=1)
    return torch.cat([context, head, head_width, tail, tail_width], dim=1)
