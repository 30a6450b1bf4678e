"""check_model: train on a handful of documents until they are predicted, save, load, predict again."""

from collections.abc import Sequence
from copy import deepcopy
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

import torch
from torch import Tensor

from jointre.config import Config
from jointre.data.batch import Batch
from jointre.data.doc import Doc
from jointre.data.labels import Labels
from jointre.data.stages import LossTerm
from jointre.encoders.base import Source
from jointre.losses.entropy import BinaryCrossEntropy, CrossEntropy
from jointre.models.base import Model
from jointre.predict import Predictor, autocast
from jointre.serialize import load_model, save_encoders, save_model
from jointre.testing.asserts import expect, named, seeded, without_dropout
from jointre.testing.fake_gpu import GPU, DeviceMixedError, fake_gpu
from jointre.testing.toy import toy_batch, toy_docs, toy_labels
from jointre.tokenizers.base import Tokenizer
from jointre.tokenizers.hf import HFTokenizer

UPDATES, SMALL = 300, 0.005
ENCODER_RATE, RATE, LARGEST_NORM = 0.003, 0.02, 1.0
"""Gradients are clipped: otherwise the loss jumps at these rates, and the result depends on rounding."""
EASY = (1, 2, 3, 5, 8)


def check_model(
    model: Model,
    labels: Labels | None = None,
    tokenizer: Tokenizer | None = None,
    docs: Sequence[Doc] | None = None,
    config: Config | None = None,
) -> None:
    """Check gradients in fp32 and bf16, overfitting, prediction without gold, devices, and predictions after saving and
    loading.

    Args:
        model: not built, with a small encoder (`tiny_encoder_folder`); it is left unchanged.
        labels: by default `toy_labels`.
        tokenizer: not built; by default jointre.hf.v1 with the encoder's name.
        docs: by default five toy documents with nested entities, two types on one pair and a symmetric relation.
        config: the config of the model, to check a model folder, too; None to skip this.
    """
    fresh, fresh_tokenizer = model, tokenizer or HFTokenizer(getattr(model.encoder, "name", ""))
    labels = labels or toy_labels()
    docs = [toy_docs()[i] for i in EASY] if docs is None else list(docs)
    model, tokenizer = built_model(fresh, labels, fresh_tokenizer)
    for precision in ("fp32", "bf16"):
        _check_gradients(model, toy_batch(docs, labels, tokenizer=tokenizer), precision)
    train_toy(model, toy_batch(docs, labels, tokenizer=tokenizer))
    found = list(Predictor(model, tokenizer)(docs))
    for doc, predicted in zip(docs, found, strict=True):
        differ = doc.annotation() ^ predicted.annotation()
        expect(
            not differ, f"{named(model)} does not learn {doc.id} by heart with a tiny encoder: {set(differ)}"
        )
    bare = list(Predictor(model, tokenizer)(_unannotated(model, doc) for doc in docs))
    expect(bare == found, f"{named(model)} predicts something else for documents without annotation")
    _check_devices(model, tokenizer, toy_batch(docs, labels, tokenizer=tokenizer), docs)
    again = _rebuilt(fresh, fresh_tokenizer, model, tokenizer)
    expect(list(Predictor(*again)(docs)) == found, f"{named(model)} predicts something else when built again")
    if config is not None:
        _check_folder(model, tokenizer, config, docs, found)


def _unannotated(model: Model, doc: Doc) -> Doc:
    return replace(doc, relations=[]) if model.given_only else doc.bare()


def built_model(
    model: Model, labels: Labels | None = None, tokenizer: Tokenizer | None = None
) -> tuple[Model, Tokenizer]:
    """Return built copies of a model and its tokenizer; see `check_model` for the arguments."""
    tokenizer = deepcopy(tokenizer or HFTokenizer(getattr(model.encoder, "name", "")))
    model = deepcopy(model)
    with seeded():
        tokenizer.build(Source())
        model.build(Source(tokenizer=tokenizer), labels or toy_labels())
    return model.eval(), tokenizer


def loss_of(model: Model, batch: Batch) -> Tensor:
    """Return the sum of the loss terms: cross-entropy for classes, binary cross-entropy for multi-hot targets."""
    return torch.stack([_loss(term) for term in model(batch).values()]).sum()


def _loss(term: LossTerm) -> Tensor:
    loss = CrossEntropy() if term.targets.dim() == 1 else BinaryCrossEntropy("sum")
    return loss(term.logits, term.targets, term.group)


def _check_gradients(model: Model, batch: Batch, precision: str) -> None:
    with seeded(), autocast(torch.device("cpu"), precision):
        loss = loss_of(model.train(), batch)
    loss.backward()
    for name, parameter in model.named_parameters():
        if parameter.requires_grad:
            expect(parameter.grad is not None, f"{named(model)}: no gradient reaches {name} in {precision}")
            assert parameter.grad is not None
            finite = torch.isfinite(parameter.grad).all()
            expect(finite, f"{named(model)}: the gradient of {name} is not finite in {precision}")
    model.zero_grad()


def _check_devices(model: Model, tokenizer: Tokenizer, batch: Batch, docs: Sequence[Doc]) -> None:
    """Train and predict on a GPU that is pretended."""
    model = deepcopy(model)
    with fake_gpu(), seeded():
        model.to(GPU)
        try:
            list(Predictor(model, tokenizer)(docs))
            loss_of(model.train(), batch.to(GPU)).backward()
        except DeviceMixedError as error:
            raise AssertionError(f"{named(model)} mixes devices: {error}") from error


def train_toy(model: Model, batch: Batch, updates: int = UPDATES) -> None:
    """Train a built model on one batch, without dropout, until the loss is small; samples differ in every update."""
    model.load_state_dict(_trained(without_dropout(model), batch, updates).state_dict())
    model.eval()


def _trained(model: Model, batch: Batch, updates: int) -> Model:
    inner = [p for p in model.encoder.parameters() if p.requires_grad]
    known = {id(p) for p in inner}
    trainable = [p for p in model.parameters() if p.requires_grad]
    outer = [p for p in trainable if id(p) not in known]
    groups = [{"params": inner, "lr": ENCODER_RATE}, {"params": outer, "lr": RATE}]
    optimizer = torch.optim.Adam([group for group in groups if group["params"]])
    for update in range(updates):
        seeds = tuple((seed[0], update, *seed[2:]) for seed in batch.seeds)
        with seeded(update):
            loss = loss_of(model, replace(batch, seeds=seeds))
        optimizer.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(trainable, LARGEST_NORM)
        optimizer.step()
        if float(loss.detach()) < SMALL:
            break
    return model


def _rebuilt(
    model: Model, tokenizer: Tokenizer, old: Model, old_tokenizer: Tokenizer
) -> tuple[Model, Tokenizer]:
    """Return the model as restored from its saved files: other objects, built without weights, with the same state."""
    model, tokenizer = deepcopy(model), deepcopy(tokenizer)
    with TemporaryDirectory() as folder:
        save_encoders(old, Path(folder))
        old_tokenizer.save(Path(folder) / "tokenizer")
        tokenizer.build(Source(Path(folder), weights=False))
        model.build(Source(Path(folder), weights=False, tokenizer=tokenizer), old.labels)
    model.load_state_dict(old.state_dict())
    return model.eval(), tokenizer


def _check_folder(
    model: Model, tokenizer: Tokenizer, config: Config, docs: Sequence[Doc], found: Sequence[Doc]
) -> None:
    with TemporaryDirectory() as folder:
        save_model(Path(folder) / "model", model, tokenizer, config)
        loaded, its_tokenizer, _, _ = load_model(Path(folder) / "model", torch.device("cpu"))
    sentence = f"{named(model)} predicts something else from its model folder"
    expect(list(Predictor(loaded, its_tokenizer)(docs)) == found, sentence)
