"""Weight decay by the types of layers: of everything but biases and norms, whatever their names."""

import pytest
import torch
from built_in_configs import built_over, over_encoder
from torch import nn
from transformers import AutoConfig, AutoModel

from jointre.optimizers import AdamWSpec, BertAdamWSpec, decay_groups

PUBLISHED = ["bias", "LayerNorm.weight"]
SMALL = {"hidden_size": 16, "num_hidden_layers": 2, "num_attention_heads": 2, "intermediate_size": 32}
KINDS = {
    **dict.fromkeys(("bert", "roberta", "electra", "xlm-roberta", "deberta", "deberta-v2", "mpnet"), SMALL),
    **dict.fromkeys(("longformer", "convbert", "nystromformer", "rembert", "big_bird", "camembert"), SMALL),
    "modernbert": {
        **SMALL,
        "pad_token_id": 0,
        "bos_token_id": 0,
        "eos_token_id": 0,
        "cls_token_id": 0,
        "sep_token_id": 0,
    },
    "distilbert": {"dim": 16, "n_layers": 2, "n_heads": 2, "hidden_dim": 32},
    "albert": {**SMALL, "embedding_size": 8},
    "xlnet": {"d_model": 16, "n_layer": 2, "n_head": 2, "d_inner": 32},
    "gpt2": {"n_embd": 16, "n_layer": 2, "n_head": 2},
    "llama": {**SMALL, "num_key_value_heads": 2},
    "qwen3": {**SMALL, "num_key_value_heads": 2, "head_dim": 8},
}
SAME_NAMES = (
    "bert",
    "roberta",
    "electra",
    "xlm-roberta",
    "deberta",
    "deberta-v2",
    "mpnet",
    "longformer",
    "camembert",
)


def network(kind):
    config = AutoConfig.for_model(kind, vocab_size=20, **KINDS[kind])
    return AutoModel.from_config(config)


def named(model, groups):
    """Return the names of each group's parameters, in order, with its decay."""
    names = {id(parameter): name for name, parameter in model.named_parameters()}
    return [([names[id(p)] for p in group["params"]], group["weight_decay"]) for group in groups]


def test_one_name_is_not_a_list_of_names():
    with pytest.raises(ValueError, match=r"no_decay is 'bias'; it is one of biases_and_norms, list\[str\]"):
        AdamWSpec(no_decay="bias")
    assert AdamWSpec(no_decay=("bias",)).no_decay == ("bias",)


def test_biases_and_norms_of_torch_are_found_whatever_their_names():
    class Mixed(nn.Module):
        def __init__(self):
            super().__init__()
            self.first = nn.Linear(2, 2)
            self.ln = nn.LayerNorm(2)
            self.layers = nn.ModuleList([nn.RMSNorm(2), nn.GroupNorm(1, 2), nn.BatchNorm1d(2)])
            self.lstm = nn.LSTM(2, 2)
            self.attention = nn.MultiheadAttention(2, 1, add_bias_kv=True)
            self.LayerNorm = nn.Embedding(3, 2)

    model = Mixed()
    (decayed, _), (free, _) = named(model, decay_groups(model, 0.1, "biases_and_norms"))
    assert decayed == [
        "first.weight",
        "lstm.weight_ih_l0",
        "lstm.weight_hh_l0",
        "attention.in_proj_weight",
        "attention.out_proj.weight",
        "LayerNorm.weight",
    ]
    assert {"ln.weight", "layers.0.weight", "layers.1.bias", "layers.2.weight", "lstm.bias_hh_l0"} < set(free)
    assert {"attention.in_proj_bias", "attention.bias_k"} < set(free)


@pytest.mark.parametrize("kind", KINDS)
def test_every_architecture_decays_matrices_and_tables_only(kind):
    model = network(kind)
    groups = decay_groups(model, 0.01, "biases_and_norms")
    (decayed, decay), (free, none) = named(model, groups)
    shapes = {name: parameter.dim() for name, parameter in model.named_parameters()}
    assert (decay, none) == (0.01, 0.0)
    assert sorted([*decayed, *free]) == sorted(shapes)
    assert all(shapes[name] > 1 for name in decayed)
    assert all(shapes[name] == 1 or "bias" in name for name in free)
    assert any("norm" in name.lower() or ".ln_" in name for name in free)


@pytest.mark.parametrize("kind", SAME_NAMES)
def test_architectures_with_berts_names_have_the_groups_of_the_names(kind):
    model = network(kind)
    assert named(model, decay_groups(model, 0.01, "biases_and_norms")) == named(
        model, decay_groups(model, 0.01, PUBLISHED)
    )


@pytest.mark.parametrize(
    "config", ["spert/conll04", "sinet/scierc", "giorgi/conll04", "enpar/conll04", "redn/semeval"]
)
@pytest.mark.parametrize("encoder", ["encoder_folder", "roberta_folder"])
def test_published_systems_have_the_groups_of_their_code(config, encoder, request):
    model, _ = built_over(over_encoder(request.getfixturevalue(encoder), config))
    assert named(model, decay_groups(model, 0.01, "biases_and_norms")) == named(
        model, decay_groups(model, 0.01, PUBLISHED)
    )


@pytest.mark.parametrize("make", [BertAdamWSpec, AdamWSpec])
def test_updates_are_those_of_the_names_bit_for_bit(talkative, make):
    states = []
    for no_decay in ("biases_and_norms", PUBLISHED):
        model, _ = talkative()
        optimizer = make(lr=0.1, weight_decay=0.1, no_decay=no_decay).create(model)
        torch.manual_seed(0)
        for _ in range(3):
            for parameter in model.parameters():
                parameter.grad = torch.randn_like(parameter)
            optimizer.step()
        states.append({name: parameter.detach() for name, parameter in model.named_parameters()})
    assert all(torch.equal(states[0][name], states[1][name]) for name in states[0])


def test_no_exception_from_decay_is_one_group():
    model = network("bert")
    ((names, decay),) = named(model, decay_groups(model, 0.01, []))
    assert (len(names), decay) == (len(list(model.parameters())), 0.01)


def test_frozen_norms_are_in_no_group():
    model = nn.Sequential(nn.Linear(2, 2), nn.LayerNorm(2).requires_grad_(False))
    assert named(model, decay_groups(model, 0.01, "biases_and_norms")) == [
        (["0.weight"], 0.01),
        (["0.bias"], 0.0),
    ]
