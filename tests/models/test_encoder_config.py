"""What is read of a transformers config, whoever wrote it."""

import json
import shutil

import pytest

from jointre.encoders.base import Source
from jointre.encoders.hf import HFEncoder
from jointre.encoders.hf_config import MODEL_TYPES, checked_config
from jointre.errors import BuildError

BERT = {
    "model_type": "bert",
    "hidden_size": 16,
    "num_hidden_layers": 3,
    "num_attention_heads": 2,
    "vocab_size": 50,
}


@pytest.fixture
def folder(encoder_folder, tmp_path):
    """An encoder's folder that a test may change."""
    return shutil.copytree(encoder_folder, tmp_path / "encoder")


def change(folder, **values):
    file = folder / "config.json"
    file.write_text(json.dumps({**json.loads(file.read_text(encoding="utf8")), **values}), encoding="utf8")


def test_shape_is_read_and_nothing_else():
    config = checked_config(
        {
            **BERT,
            "attn_implementation": "acme/evil",
            "quantization_config": {"quant_method": "bitsandbytes"},
            "auto_map": {"AutoModel": "evil.Model"},
            "backbone": "acme/evil",
            "name_or_path": "acme/evil",
            "return_dict": False,
            "to_dict": 1,
        },
        "config.json",
    )
    assert (config.hidden_size, config.num_hidden_layers, config.vocab_size) == (16, 3, 50)
    assert config._attn_implementation is None and config.name_or_path == "" and callable(config.to_dict)
    for key in ("quantization_config", "auto_map", "backbone"):
        assert not hasattr(config, key)


def test_all_keys_of_an_encoder_survive():
    from transformers import AutoConfig

    options = {"position_biased_input": False, "pos_att_type": ["c2p", "p2c"], "relative_attention": True}
    saved = json.loads(AutoConfig.for_model("deberta-v2", **options).to_json_string(use_diff=False))
    config = checked_config({**saved, "model_type": "deberta-v2"}, "config.json")
    assert json.loads(config.to_json_string(use_diff=False)) == saved


def test_positions_by_rotation_keep_their_base():
    config = checked_config({"model_type": "modernbert", "global_rope_theta": 12345.0}, "config.json")
    assert "12345.0" in config.to_json_string(use_diff=False)


@pytest.mark.parametrize("kind", ["mra", "mamba", "timm_wrapper", "nothing", 3, None])
def test_types_that_are_not_supported(kind):
    with pytest.raises(BuildError, match="model_type"):
        checked_config({**BERT, "model_type": kind}, "config.json")


def test_known_types_are_supported_by_the_installed_transformers():
    from transformers import CONFIG_MAPPING

    assert {"bert", "roberta", "albert", "deberta-v2", "xlm-roberta", "modernbert"} <= MODEL_TYPES & set(
        CONFIG_MAPPING
    )


def test_all_values_that_cannot_be_used_are_named():
    bad = {"hidden_size": 10**30, "vocab_size": float("inf"), "hidden_act": [[[["gelu"]]]]}
    with pytest.raises(BuildError) as refused:
        checked_config({**BERT, **bad}, "config.json")
    assert [fault.what.split()[0] for fault in refused.value.faults] == [
        "hidden_act",
        "hidden_size",
        "vocab_size",
    ]


def test_pretrained_folder_goes_through_the_same_door(folder):
    change(folder, attn_implementation="acme/evil", quantization_config={"quant_method": "bitsandbytes"})
    HFEncoder(str(folder)).build(Source())


@pytest.mark.parametrize(
    "values", [{"model_type": "mra"}, {"hidden_size": "x"}, {"num_hidden_layers": 10**6}]
)
def test_pretrained_folder_that_cannot_be_used(folder, values):
    change(folder, **values)
    with pytest.raises(BuildError, match=r"config\.json"):
        HFEncoder(str(folder)).build(Source())
