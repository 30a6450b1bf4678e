"""Every built-in config and overlay trains and predicts on a GPU as on a CPU, and the host hardly waits for it.

The GPU is pretended (`jointre.testing.fake_gpu`), so mixing its tensors with those of the CPU raises an error, and every
wait is counted.
"""

from copy import deepcopy
from dataclasses import replace

import pytest
import torch
from built_in_configs import base_of, built_over, over_encoder, single

from jointre.config import resolve
from jointre.config.built_in import built_in_configs
from jointre.predict import Predictor
from jointre.testing import fake_gpu, toy_docs, toy_labels
from jointre.testing.asserts import without_dropout
from jointre.training.loader import TrainingData
from jointre.training.updater import Updater

GPU = torch.device("cuda:0")
OTHERS = ("encoders/", "enpar/pretrain", "ablations/enpar/published_pretraining")
NAMES = [name for name in built_in_configs() if not name.startswith(OTHERS)]
TAGGERS = ("enpar/", "giorgi/", "jointre/", "quickstart", "ablations/giorgi/", "ablations/jointre/")
TAGGERS += ("ablations/redn/joint_tagger", "ablations/redn/joint_bilstm_crf", "plmarker/")
DOCS = [single(toy_docs()[number]) for number in (2, 8, 3)]  # the last one alone has nested entities
SPANS = 6
OVERRIDES = {"redn/semeval_19": {"model.relation_head.alone": None}}


def waits_of_training(name):
    """How often the host waits in a training step: once for decoded tags, as the spans found are paired."""
    return 1 if name.startswith(TAGGERS) else 0


def made(name, folder):
    """A model that finds something, without dropout, its tokenizer and the settings of its training."""
    overlays = [name] if name.startswith("ablations/") else []
    base = base_of(name) if overlays else name
    overrides = {"model.entity_head.overlap": "keep_outer"} if base.startswith(("enpar", "giorgi")) else {}
    overrides = {} if name == "ablations/giorgi/spert_spans" else overrides
    config = over_encoder(folder, base, *overlays, overrides={**overrides, **OVERRIDES.get(name, {})})
    model, tokenizer = built_over(config)
    maker = torch.Generator().manual_seed(5)
    for part, parameter in model.named_parameters():
        if not part.startswith("encoder."):
            parameter.data.normal_(0.0, 0.3, generator=maker)
    model.pair_sampler.max_spans = SPANS
    return without_dropout(model), tokenizer, resolve(config, "training")


def trained(model, tokenizer, settings):
    """The losses of one update."""
    data = TrainingData(tokenizer.encode(DOCS), toy_labels(), tokenizer.pad_id, len(DOCS), True, seed=0)
    updater = Updater(model.train(), data, replace(settings, batch_size=len(DOCS)), "fp32")
    updater.step = 4  # after the start of every schedule
    return updater, next(updater.batch_groups(7))


@pytest.mark.parametrize("name", NAMES)
def test_trains_and_predicts(name, encoder_folder):
    model, tokenizer, settings = made(name, encoder_folder)
    on_gpu = deepcopy(model)
    found = list(Predictor(model, tokenizer)(DOCS))
    updater, batches = trained(model, tokenizer, settings)
    losses = updater.update(batches, (7, 0))
    with fake_gpu() as gpu:
        predictor = Predictor(on_gpu.to(GPU), tokenizer)
        gpu.waits.clear()
        assert [doc.annotation() for doc in predictor(DOCS)] == [doc.annotation() for doc in found]
        assert len(gpu.waits) <= 2, [*map(str, gpu.waits)]
        updater, batches = trained(on_gpu, tokenizer, settings)
        gpu.waits.clear()
        there = updater.update(batches, (7, 0))
        assert len(gpu.waits) == waits_of_training(name), [*map(str, gpu.waits)]
        assert all(loss.device == GPU for loss in there.values())
    assert any(doc.entities for doc in found)
    torch.testing.assert_close(there, losses)
    for (part, one), other in zip(model.named_parameters(), on_gpu.parameters(), strict=True):
        torch.testing.assert_close(other, one, msg=lambda text, part=part: f"{part}: {text}")
