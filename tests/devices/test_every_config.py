"""Every built-in config and overlay trains and predicts on a GPU as on a CPU, and the host hardly waits for it.

The GPU is pretended (`jointre.testing.fake_gpu`): mixing its tensors with those of the CPU raises an error, and every
wait is counted.
"""

from contextlib import nullcontext
from copy import deepcopy
from dataclasses import replace
from functools import partial

import pytest
import torch
from built_in_configs import base_of, built_over, over_encoder, single

from jointre.config import resolve
from jointre.config.built_in import built_in_configs
from jointre.data.encoded_corpus import EncodedCorpus
from jointre.nn import ranges
from jointre.predict import Predictor
from jointre.relation_heads.linear import LinearRelationHead
from jointre.testing import fake_gpu, toy_batch, toy_docs, toy_labels
from jointre.testing.asserts import without_dropout
from jointre.testing.overfit import _check_devices, built_model
from jointre.training.loader import TrainingData
from jointre.training.updater import Updater

GPU = torch.device("cuda:0")
IN_TRAINING = {
    "enpar": 1,
    "giorgi": 1,
    "jointre": 1,
    "plmarker": 1,
    "pure": 0,
    "quickstart": 1,
    "redn": 0,
    "redn/joint_bilstm_crf": 1,
    "redn/joint_tagger": 1,
    "sinet": 0,
    "spert": 0,
}
"""How often the host waits in a training step, by folder or name: for the entities that are found and then paired."""
OTHERS = ("encoders/", "enpar/pretrain", "ablations/enpar/published_pretraining")
NAMES = [name for name in built_in_configs() if not name.startswith(OTHERS)]
DOCS = [single(toy_docs()[number]) for number in (2, 8, 3)]  # the last one has nested entities
SPANS = 6
OVERRIDES = {
    "pure/conll04": {"model.pair_extractor.encoder.packed": "never"},
    "pure/scierc": {"model.pair_extractor.encoder.packed": "never"},
    "redn/semeval_19": {"model.relation_head.alone": None},  # the toy documents have no type Other
}


def loaded(name, encoder):
    """A built-in config, or an overlay over its base."""
    overlays = [name] if name.startswith("ablations/") else []
    base = base_of(name) if overlays else name
    tags = base.startswith(("enpar", "giorgi")) and name != "ablations/giorgi/spert_spans"
    nested = {"model.entity_head.overlap": "keep_outer"} if tags else {}
    padded = {"model.encoder.packed": "never"}  # as on a GPU, so that even rounding is the same
    return over_encoder(encoder, base, *overlays, overrides={**nested, **padded, **OVERRIDES.get(name, {})})


def distinct():
    """The names of configs with different models or losses, each with those that have the same."""
    found = {}
    for name in NAMES:
        config = loaded(name, "any")
        found.setdefault(str([config["model"], config["training.losses"]]), []).append(name)
    return [pytest.param(names, id=names[0]) for names in found.values()]


def made(name, folder):
    """A model that finds something, without dropout, its tokenizer, and the settings of its training."""
    config = loaded(name, folder)
    model, tokenizer = built_over(config)
    maker = torch.Generator().manual_seed(5)
    for part, parameter in model.named_parameters():
        if not part.startswith("encoder."):
            parameter.data.normal_(0.0, 0.3, generator=maker)
    model.pair_sampler.max_spans = SPANS
    return without_dropout(model), tokenizer, resolve(config, "training")


def update(model, tokenizer, settings):
    """One update that is ready to be made, after the start of every schedule."""
    encodings = EncodedCorpus.in_memory(DOCS, tokenizer.encode(DOCS))
    data = TrainingData(encodings, toy_labels(), tokenizer.pad_id, len(DOCS), True, seed=0)
    updater = Updater(model.train(), data, replace(settings, batch_size=len(DOCS)), "fp32")
    updater.step = 4
    return partial(updater.update, next(updater.batch_groups(7)))


@pytest.mark.parametrize("names", distinct())
def test_trains_and_predicts_as_on_a_cpu(names, encoder_folder):
    short = {name.removeprefix("ablations/") for name in names}
    [waits] = {IN_TRAINING.get(name, IN_TRAINING[name.split("/")[0]]) for name in short}
    model, tokenizer, settings = made(names[0], encoder_folder)
    on_gpu = deepcopy(model)
    found = list(Predictor(model, tokenizer)(DOCS))
    losses = update(model, tokenizer, settings)()
    with fake_gpu() as gpu:
        predictor = Predictor(on_gpu.to(GPU), tokenizer)
        gpu.waits.clear()
        assert [doc.annotation() for doc in predictor(DOCS)] == [doc.annotation() for doc in found]
        # for the entities, unless they are given, and for the relations
        assert len(gpu.waits) == 2 - model.given_only, [*map(str, gpu.waits)]
        step = update(on_gpu, tokenizer, settings)
        gpu.waits.clear()
        there = step()
        assert len(gpu.waits) == waits, [*map(str, gpu.waits)]
        assert all(loss.device == GPU for loss in there.values())
    assert any(doc.entities for doc in found)
    torch.testing.assert_close(there, losses)
    for (part, here), parameter in zip(model.named_parameters(), on_gpu.parameters(), strict=True):
        torch.testing.assert_close(parameter, here, msg=lambda text, part=part: f"{part}: {text}")


class Mixes(LinearRelationHead):
    """Adds a tensor of the CPU to its scores."""

    def forward(self, features, n_pairs):
        output = super().forward(features, n_pairs)
        return replace(output, logits=output.logits + torch.zeros(n_pairs, 1))


def test_a_model_that_mixes_devices_is_found(spert):
    for head in (LinearRelationHead(), Mixes()):
        model, tokenizer = built_model(spert(relation_head=head, max_width=2))
        batch = toy_batch(DOCS, tokenizer=tokenizer)
        fine = (
            nullcontext()
            if type(head) is LinearRelationHead
            else pytest.raises(AssertionError, match="mixes")
        )
        with fine:
            _check_devices(model, tokenizer, batch, DOCS)


@pytest.mark.parametrize("name", ["spert/conll04", "sinet/scierc", "jointre/base"])
def test_tables_of_maxima_are_as_deep_as_on_a_cpu(name, encoder_folder, monkeypatch):
    model, tokenizer, settings = made(name, encoder_folder)
    on_gpu, reach, depths = deepcopy(model), ranges._MaxTable.reach, []
    monkeypatch.setattr(ranges._MaxTable, "reach", lambda table, top: depths.append(top) or reach(table, top))
    list(Predictor(model, tokenizer)(DOCS))
    update(model, tokenizer, settings)()
    on_cpu, depths[:] = [*depths], []
    with fake_gpu():
        list(Predictor(on_gpu.to(GPU), tokenizer)(DOCS))
        update(on_gpu, tokenizer, settings)()
    assert depths == on_cpu and len(set(depths)) > 1
