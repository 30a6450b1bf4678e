"""Learning rates for parts of a model (``rates``)."""

import pytest
import torch

from jointre.errors import BuildError
from jointre.optimizers import AdamSpec, AdamWSpec, BertAdamWSpec
from jointre.optimizers.parts import rate_notices
from jointre.pretraining.updater import Pretrained
from jointre.testing.optimization import ToyNetwork

RELATION = "relation_head.classifier.weight"
WIDTHS = "entity_head.extractor.widths.weight"
TOP = "encoder.network.encoder.layer.1.output.dense.weight"
EMBEDDINGS = "encoder.network.embeddings.word_embeddings.weight"


@pytest.fixture
def model(talkative):
    """The tiny encoder has two layers."""
    return talkative()[0]


def rates(model, optimizer):
    """The learning rate of every parameter by its name."""
    held = {id(p): group["lr"] for group in optimizer.param_groups for p in group["params"]}
    return {name: held[id(p)] for name, p in model.named_parameters()}


@pytest.mark.parametrize("make", [BertAdamWSpec, AdamWSpec, AdamSpec])
def test_parts_and_modules_have_their_own_rates(model, make):
    spec = make(lr=0.1, rates={"encoder": 0.2, "entity_encoder": 0.5, "relation_head": 3.0})
    for name, rate in rates(model, spec.create(model)).items():
        part = name.split(".")[0]
        factor = {"encoder": 0.2, "relation_head": 3.0}.get(part, 0.5 if name == WIDTHS else 1.0)
        assert rate == pytest.approx(0.1 * factor), name


def test_rates_are_multiplied_with_the_decay_of_layers(model):
    found = rates(model, BertAdamWSpec(lr=0.1, layer_decay=0.9, rates={"encoder": 0.2}).create(model))
    assert found[TOP] == pytest.approx(0.02)
    assert found[EMBEDDINGS] == pytest.approx(0.02 * 0.9**2)
    assert found[RELATION] == 0.1


def test_rates_do_not_change_the_weight_decay(model):
    groups = BertAdamWSpec(rates={"encoder": 0.2}).create(model).param_groups
    names = {id(p): name for name, p in model.named_parameters()}
    for group in groups:
        free = {"bias" in names[id(p)] or "LayerNorm.weight" in names[id(p)] for p in group["params"]}
        assert free == {group["weight_decay"] == 0.0}
    assert len(groups) == 4


def test_without_rates_the_groups_are_those_of_the_decay(model):
    assert [len(group["params"]) for group in BertAdamWSpec().create(model).param_groups] == [
        len(group["params"]) for group in BertAdamWSpec(rates={}).create(model).param_groups
    ]
    assert rate_notices(model, BertAdamWSpec().create(model)) == []


def test_the_rates_of_all_stages_are_shown(model):
    spec = BertAdamWSpec(lr=0.1, layer_decay=0.9, rates={"encoder": 0.2})
    shown = "learning rates: encoder 0.0162 to 0.02, entity_head 0.1, relation_head 0.1"
    assert rate_notices(model, spec.create(model)) == [shown]


def test_an_update_moves_the_parts_by_their_rates(model):
    before = {name: p.detach().clone() for name, p in model.named_parameters()}
    optimizer = BertAdamWSpec(lr=0.1, rates={"encoder": 0.0, "relation_head": 0.5}, weight_decay=0.0).create(
        model
    )
    for parameter in model.parameters():
        parameter.grad = torch.ones_like(parameter)
    optimizer.step()
    moved = {name: float((p.detach() - before[name]).abs().mean()) for name, p in model.named_parameters()}
    assert moved[TOP] == 0.0
    assert moved[RELATION] == pytest.approx(0.5 * moved["entity_head.classifier.weight"], rel=1e-4)


def test_unknown_and_overlapping_parts_are_refused_together(model):
    with pytest.raises(BuildError) as error:
        BertAdamWSpec(rates={"encodr": 0.2, "entity_encoder": 1.0, "entity_head": 2.0}).create(model)
    text = str(error.value)
    assert "the model has no part 'encodr' with parameters" in text
    assert (
        "did you mean 'encoder'? known: encoder, views, entity_encoder, pair_encoder, context, entity_head"
        in text
    )
    assert "'entity_head' and 'entity_encoder' have parameters in common" in text


def test_a_part_without_parameters_is_refused(model):
    with pytest.raises(BuildError, match="no part 'views' with parameters"):
        BertAdamWSpec(rates={"views": 0.2}).create(model)


def test_modules_have_rates_in_any_network():
    model = ToyNetwork()
    found = {
        tuple(group["params"][0].shape): group["lr"]
        for group in BertAdamWSpec(lr=1.0, rates={"widths": 2.0}).create(model).param_groups
    }
    assert found[5, 3] == 2.0 and found[3, 3] == 1.0


def test_pretraining_knows_the_parts_of_its_model(model):
    pretrained = Pretrained(model, {})
    found = rates(pretrained, BertAdamWSpec(lr=0.1, rates={"encoder": 0.2}).create(pretrained))
    assert (found[f"model.{TOP}"], found[f"model.{RELATION}"]) == (pytest.approx(0.02), 0.1)


def test_a_negative_rate_is_refused():
    with pytest.raises(ValueError, match="rates must be 0 or more each"):
        BertAdamWSpec(rates={"encoder": -0.1})
