"""Discriminative fine-tuning: a learning rate for each layer of the encoder."""

import pytest
import torch
from torch import nn

from jointre.encoders.base import Encoder
from jointre.errors import BuildError
from jointre.optimizers import AdamSpec, AdamWSpec, BertAdamWSpec
from jointre.optimizers.layers import layer_rates
from jointre.testing.optimization import ToyNetwork


@pytest.fixture
def model(talkative):
    """The tiny encoder has two layers."""
    return talkative()[0]


def rates(model, spec):
    """The learning rate of every parameter by its name."""
    optimizer = spec.create(model)
    held = {id(p): group["lr"] for group in optimizer.param_groups for p in group["params"]}
    return {name: held[id(p)] for name, p in model.named_parameters()}


def expected(name, embeddings):
    if name.startswith("encoder.network.embeddings"):
        return embeddings
    return (
        {"0": 0.09, "1": 0.1}[name.split(".")[4]] if name.startswith("encoder.network.encoder.layer") else 0.1
    )


@pytest.mark.parametrize("make", [BertAdamWSpec, AdamWSpec, AdamSpec])
@pytest.mark.parametrize(("embeddings", "rate"), [("lowest", 0.081), ("full", 0.1)])
def test_rates_by_layer(model, make, embeddings, rate):
    found = rates(model, make(lr=0.1, layer_decay=0.9, embeddings=embeddings))
    assert {name: pytest.approx(expected(name, rate)) for name in found} == found
    assert found["encoder.network.embeddings.word_embeddings.weight"] == pytest.approx(rate)


def test_multipliers_of_twelve_layers():
    """Layer l has 2.5e-5 * 0.9^(11 - l), layer 0 7.85e-6; embeddings below that."""

    class Twelve(Encoder):
        def __init__(self):
            super().__init__()
            self.parts = nn.ModuleList(nn.Linear(1, 1, bias=False) for _ in range(13))

        def build(self, source, inner_layers=False, pooled=False):
            raise NotImplementedError

        def forward(self, batch):
            raise NotImplementedError

        def save(self, folder):
            raise NotImplementedError

        def depths(self):
            return [list(part.parameters()) for part in self.parts]

    model = nn.Module()
    model.encoder = Twelve()
    factors = [layer_rates(model, 0.9, "lowest")[part.weight] for part in model.encoder.parts]
    assert factors == pytest.approx([0.9**12, *(0.9 ** (11 - layer) for layer in range(12))])
    assert round(2.5e-5 * factors[1], 8) == 7.85e-6


def test_decay_and_rate_are_independent(model):
    groups = BertAdamWSpec(lr=0.1, layer_decay=0.9, weight_decay=0.01).create(model).param_groups
    names = {id(p): name for name, p in model.named_parameters()}
    for group in groups:
        free = {"bias" in names[id(p)] or "LayerNorm.weight" in names[id(p)] for p in group["params"]}
        assert free == {group["weight_decay"] == 0.0}


def test_without_decay_nothing_changes(model):
    plain, same = (BertAdamWSpec(**options).create(model) for options in ({}, {"layer_decay": 1.0}))
    assert [len(g["params"]) for g in plain.param_groups] == [len(g["params"]) for g in same.param_groups]
    assert len(plain.param_groups) == 2


def test_an_update_moves_lower_layers_less(model):
    before = {name: p.detach().clone() for name, p in model.named_parameters()}
    optimizer = BertAdamWSpec(lr=0.1, layer_decay=0.5, weight_decay=0.0).create(model)
    for parameter in model.parameters():
        parameter.grad = torch.ones_like(parameter)
    optimizer.step()
    moved = {name: float((p.detach() - before[name]).abs().mean()) for name, p in model.named_parameters()}
    layers = [f"encoder.network.encoder.layer.{n}.output.dense.weight" for n in (0, 1)]
    embeddings = "encoder.network.embeddings.word_embeddings.weight"
    low, high = (moved[name] for name in layers)
    assert low == pytest.approx(0.5 * high, rel=1e-4)
    assert moved[embeddings] == pytest.approx(0.25 * high, rel=1e-4)
    assert moved["relation_head.classifier.weight"] == pytest.approx(high, rel=1e-4)


def test_a_model_without_layers_is_refused():
    with pytest.raises(BuildError, match="the encoder does not report its layers"):
        BertAdamWSpec(layer_decay=0.9).create(ToyNetwork())


@pytest.mark.parametrize("decay", [0.0, -1.0, 1.1])
def test_an_impossible_decay_is_refused(decay):
    with pytest.raises(ValueError, match="layer_decay must be above 0 and at most 1"):
        BertAdamWSpec(layer_decay=decay)
