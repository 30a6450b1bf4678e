"""jointre.hf.v1: layers that begin at random, layers that are frozen, layers that are computed again."""

import pytest
import torch

from jointre.encoders.base import Source
from jointre.encoders.hf import HFEncoder
from jointre.errors import BuildError
from jointre.testing import toy_batch

SIZES = {"hidden_size": 16, "num_hidden_layers": 2, "num_attention_heads": 2, "intermediate_size": 32}
KINDS = ("bert", "roberta", "electra", "deberta-v2", "mpnet", "distilbert", "modernbert", "albert")
STACKS = ("layer.0.", "layer.1.", "layers.0.", "layers.1.", "albert_layer_groups.")


@pytest.fixture(scope="module")
def folder_of(tmp_path_factory):
    """Writes a tiny pretrained network of an architecture, all of whose weights and biases are 3."""
    special = {"pad_token_id": 0, "bos_token_id": 1, "eos_token_id": 1, "cls_token_id": 1, "sep_token_id": 1}

    def write(kind):
        from transformers import AutoConfig, AutoModel

        folder = tmp_path_factory.mktemp(kind)
        network = AutoModel.from_config(AutoConfig.for_model(kind, vocab_size=50, **SIZES, **special))
        for parameter in network.parameters():
            parameter.data.fill_(3.0)
        network.save_pretrained(folder)
        return str(folder)

    return write


def built(name, seed=0, source=None, **options):
    encoder = HFEncoder(str(name), **options)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        encoder.build(source or Source())
    return encoder


def pretrained(encoder):
    """The names of the weights that are still those of the folder."""
    return {name for name, p in encoder.network.named_parameters() if bool((p == 3.0).all())}


@pytest.mark.parametrize("kind", KINDS)
def test_layers_begin_again_and_embeddings_stay_whatever_the_architecture(folder_of, kind):
    folder = folder_of(kind)
    every = {name for name, _ in built(folder).network.named_parameters()}
    assert pretrained(built(folder)) == every
    kept = pretrained(built(folder, reinit="layers"))
    assert kept == {name for name in every if not any(stack in name for stack in STACKS)}
    assert any("embeddings" in name for name in kept) and kept < every
    assert not pretrained(built(folder, reinit="all"))


def test_new_weights_are_the_architectures_own(folder_of):
    """BERT: N(0, initializer_range), biases 0, norms 1 and 0."""
    for reinit in ("layers", "all"):
        layer = built(folder_of("bert"), reinit=reinit).network.encoder.layer[1]
        assert float(layer.output.dense.weight.detach().std()) == pytest.approx(0.02, rel=0.2)
        assert not layer.output.dense.bias.any() and not layer.output.LayerNorm.bias.any()
        assert bool((layer.output.LayerNorm.weight == 1).all())


@pytest.mark.parametrize("reinit", ["layers", "all"])
def test_new_weights_follow_the_seed(encoder_folder, reinit):
    def weights(seed):
        state = built(encoder_folder, seed, reinit=reinit).state_dict()
        return state["network.encoder.layer.0.output.dense.weight"]

    assert torch.equal(weights(1), weights(1))
    assert not torch.equal(weights(1), weights(2))


def test_layers_that_all_begin_again_need_no_weights(encoder_folder, tmp_path):
    for name in ("config.json", "tokenizer.json", "tokenizer_config.json"):
        (tmp_path / name).write_bytes((encoder_folder / name).read_bytes())
    built(tmp_path, reinit="all")
    for reinit in ("none", "layers"):
        with pytest.raises(BuildError, match="cannot be loaded"):
            built(tmp_path, reinit=reinit)


def test_a_model_folder_is_built_without_a_draw_of_its_own(encoder_folder, tmp_path):
    """Weights come afterwards: nothing is read from the pretrained folder."""
    encoder = built(encoder_folder, reinit="layers")
    (tmp_path / "encoder").mkdir()
    encoder.save(tmp_path / "encoder")
    again = built("./gone", source=Source(tmp_path, weights=False), reinit="layers")
    again.load_state_dict(encoder.state_dict())
    batch = toy_batch()
    assert torch.equal(again.eval()(batch).layers[-1], encoder.eval()(batch).layers[-1])


@pytest.mark.parametrize("kind", KINDS[:-1])
def test_a_number_freezes_embeddings_and_lowest_layers(folder_of, kind):
    encoder = built(folder_of(kind), freeze=1)
    free = {name for name, p in encoder.network.named_parameters() if p.requires_grad}
    frozen = {name for name, p in encoder.network.named_parameters() if not p.requires_grad}
    assert frozen and all("embedding" in name or ".0." in name for name in frozen)
    assert any(".1." in name for name in free) and not any("word_embeddings" in name for name in free)
    encoder.train()(toy_batch()).layers[-1].sin().sum().backward()
    assert all((p.grad is not None) == (name in free) for name, p in encoder.network.named_parameters())


def test_layers_that_are_not_there_cannot_be_frozen(folder_of):
    for kind, layers in (("bert", 2), ("albert", 1)):  # albert's layers share their weights
        with pytest.raises(BuildError, match=rf"freeze = 3, but \w+ has {layers} layers"):
            built(folder_of(kind), freeze=3)


@pytest.mark.parametrize("number", [0, -1])
def test_a_number_of_no_layers_is_refused(number):
    with pytest.raises(ValueError, match="freeze must be 1 or more"):
        HFEncoder("any", freeze=number)


@pytest.mark.parametrize("options", [{"reinit": "layers"}, {"freeze": 1}])
def test_layers_in_several_lists_are_refused(tmp_path, options):
    from transformers import AutoConfig, AutoModel

    config = AutoConfig.for_model("xlm", vocab_size=50, emb_dim=16, n_layers=2, n_heads=2)
    AutoModel.from_config(config).save_pretrained(tmp_path)
    with pytest.raises(BuildError, match="4 lists of layers, not one"):
        built(tmp_path, **options)


@pytest.mark.parametrize("freeze", [False, 1, True])
@pytest.mark.parametrize("all_layers", [False, True])
def test_checkpointing_changes_no_state_and_no_gradient(encoder_folder, freeze, all_layers):
    """Dropout is drawn alike in both passes."""
    seen = []
    for checkpointing in (False, True):
        encoder = built(
            encoder_folder,
            freeze=freeze,
            all_layers=all_layers,
            gradient_checkpointing=checkpointing,
            packed="never",
        )
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(3)
            layers = encoder.train()(toy_batch()).layers
        if freeze is not True:
            torch.stack([layer.sin().sum() for layer in layers]).sum().backward()
        seen.append([*layers, *(p.grad for p in encoder.parameters() if p.grad is not None)])
    assert len(seen[0]) == len(seen[1])
    assert all(torch.equal(left, right) for left, right in zip(*seen, strict=True))


def test_checkpointing_computes_layers_twice_in_training_and_once_otherwise(encoder_folder):
    encoder = built(encoder_folder, gradient_checkpointing=True)
    calls = []
    dense = encoder.network.encoder.layer[0].intermediate.dense
    dense.register_forward_hook(lambda *_: calls.append(1))
    encoder.train()(toy_batch()).layers[-1].sum().backward()
    assert len(calls) == 2
    encoder.eval()(toy_batch()).layers[-1].sum().backward()
    assert len(calls) == 3
    with torch.inference_mode():
        encoder(toy_batch())


def test_an_architecture_without_checkpointing_is_refused(folder_of):
    with pytest.raises(BuildError, match=r"MPNetModel has no gradient checkpointing[\s\S]*= false"):
        built(folder_of("mpnet"), gradient_checkpointing=True)
