"""jointre.hf.v1: any architecture of transformers, its length, its layers, its freezing."""

import pytest
import torch

from jointre.data.batch import collate
from jointre.data.doc import Doc
from jointre.data.encoding import Encoding
from jointre.encoders.base import Source
from jointre.encoders.hf import HFEncoder
from jointre.errors import BuildError
from jointre.models.base import encoder_places
from jointre.testing import tiny_encoder_folder, toy_batch


@pytest.mark.parametrize(
    "kind", ["bert", "electra", "distilbert", "roberta", "xlm-roberta", "camembert", "mpnet"]
)
def test_the_longest_document_goes_through_whatever_the_architecture(kind, tmp_path):
    """Some architectures keep the first rows of their position table for padding."""
    from transformers import AutoConfig

    sizes = {"hidden_size": 16, "num_hidden_layers": 1, "num_attention_heads": 2, "intermediate_size": 32}
    config = AutoConfig.for_model(kind, vocab_size=50, max_position_embeddings=40, pad_token_id=1, **sizes)
    config.save_pretrained(tmp_path)
    encoder = HFEncoder(str(tmp_path))
    encoder.build(Source(weights=False))
    limit = encoder.max_length
    batch = collate([Encoding(Doc(["w"]), [7] * limit, torch.tensor([[1, limit - 1]]).numpy())], pad_id=1)
    assert encoder(batch).layers[-1].shape[:2] == (1, limit)
    assert limit >= 38


@pytest.mark.parametrize("position", [64, 512])
def test_the_length_is_that_of_the_position_table(tmp_path, position):
    folder = tiny_encoder_folder(tmp_path / "tiny", max_position=position)
    encoder = HFEncoder(str(folder))
    encoder.build(Source())
    assert encoder.max_length == position


def test_weights_are_those_of_the_folder(tmp_path):
    batch, outputs = toy_batch(), []
    for number, seed in enumerate((0, 0, 1)):
        encoder = HFEncoder(str(tiny_encoder_folder(tmp_path / str(number), seed=seed)))
        encoder.build(Source())
        outputs.append(encoder.eval()(batch).layers[-1])
    assert torch.equal(outputs[0], outputs[1])
    assert not torch.allclose(outputs[0], outputs[2])


def test_all_layers_are_kept_if_asked_for(encoder_folder):
    batch = toy_batch()
    few, many = HFEncoder(str(encoder_folder)), HFEncoder(str(encoder_folder), all_layers=True)
    dims = [encoder.build(Source()) for encoder in (few, many)]
    assert dims[0] == dims[1]
    one, three = few.eval()(batch).layers, many.eval()(batch).layers
    assert (len(one), len(three)) == (1, 3)
    assert torch.equal(one[0], three[-1])
    assert not torch.allclose(three[0], three[1])


def test_a_frozen_encoder_has_no_gradients(encoder_folder):
    encoder = HFEncoder(str(encoder_folder), freeze=True)
    encoder.build(Source())
    assert not any(p.requires_grad for p in encoder.parameters())
    assert not encoder(toy_batch()).layers[-1].requires_grad


def test_missing_weights_are_refused_by_name(tmp_path):
    from safetensors.torch import load_file, save_file

    folder = tiny_encoder_folder(tmp_path / "tiny")
    state = load_file(folder / "model.safetensors")
    gone = "encoder.layer.1.output.dense.weight"
    del state[gone]
    save_file(state, folder / "model.safetensors", metadata={"format": "pt"})
    with pytest.raises(BuildError, match=rf"incomplete[\s\S]*{gone}"):
        HFEncoder(str(folder)).build(Source())


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("./nowhere", "a model folder contains a config"),
        ("pkg:no_such_package_here/model", "pip install no-such-package-here"),
        ("nobody/nothing-at-all", "offline"),
    ],
)
def test_a_name_that_leads_nowhere_is_refused_with_advice(name, message):
    with pytest.raises(BuildError, match=message):
        HFEncoder(name).build(Source())


def test_each_encoder_of_a_component_has_a_place_of_its_own(tmp_path):
    main, own, other = (HFEncoder(name) for name in ("main", "own", "other"))
    parts = {"encoder": main, "pair_extractor.encoder": own, "pair_extractor.other": other}
    source = Source(tmp_path).at("pair_extractor")
    places = {"encoder": main, source.encoder: own, source.at("other").encoder: other}
    assert encoder_places(parts, main) == places and len(places) == 3
