"""`jointre.importing.import_sinet`: what it writes and refuses beyond what SpERT's import does."""

import json
from functools import partial
from pathlib import Path

import pytest
import torch
from naive_sinet import NaiveSinet
from published import tiny, write_checkpoint, write_types, write_weights
from published_sinet import tiny_sinet
from refusal import refused_by, rewrite
from safetensors.torch import load_file

from jointre.config import load_config
from jointre.importing import import_sinet, import_spert
from jointre.importing.layouts import SINET
from jointre.serialize import load_model

refused = partial(refused_by, import_sinet)


@pytest.fixture
def naive() -> NaiveSinet:
    return tiny_sinet(0)


@pytest.fixture
def checkpoint(tmp_path: Path, naive: NaiveSinet) -> Path:
    return write_checkpoint(tmp_path / "checkpoint", naive)


def test_the_folder_is_a_whole_jointre_model(checkpoint: Path, tmp_path: Path):
    done = import_sinet(
        checkpoint, tmp_path / "model", checkpoint / "types.json", max_width=7, threshold=0.3, heads=2
    )
    config = load_config(tmp_path / "model/config.cfg")
    assert config["model.context.@context_encoders"] == "jointre.cross_task_attention.v1"
    assert config["model.context.heads"] == 2
    assert config["model.context.mask_padding"] is True
    assert config["model.symmetric_merge"] == "first"
    assert config["model.entity_head.sampler.max_width"] == 7
    assert config["model.relation_head.threshold"] == 0.3
    assert config["model.entity_head.extractor.width_dim"] == 5
    model, _, _, meta = load_model(tmp_path / "model", torch.device("cpu"))
    assert model.labels == done.labels and model.labels.symmetric == {"Near", "Same"}
    assert meta["imported"]["layout"] == "sinet"
    assert done.left_out == ["bert.pooler.dense.weight", "bert.pooler.dense.bias"]
    assert done.tensors == len(model.state_dict())


def test_published_values_are_the_defaults(checkpoint: Path, tmp_path: Path):
    import_sinet(checkpoint, tmp_path / "model", checkpoint / "types.json")
    config = load_config(tmp_path / "model/config.cfg")
    assert config["model.context.heads"] == 4
    assert config["model.entity_head.sampler.max_width"] == 8
    assert config["model.relation_head.threshold"] == 0.5


def test_the_norm_is_taken_as_a_vector_too(checkpoint: Path, naive: NaiveSinet, tmp_path: Path):
    import_sinet(checkpoint, tmp_path / "published", checkpoint / "types.json")
    names = [name for name in naive.state_dict() if ".ln." in name]
    rewrite(checkpoint, naive, **{n.replace(".", "__"): naive.state_dict()[n].squeeze(0) for n in names})
    import_sinet(checkpoint, tmp_path / "vector", checkpoint / "types.json")
    first, second = (load_file(tmp_path / name / "model.safetensors") for name in ("published", "vector"))
    assert len(names) == 2 and all(torch.equal(first[name], second[name]) for name in first)


def test_all_faults_are_listed_together(checkpoint: Path, naive: NaiveSinet):
    rewrite(
        checkpoint,
        naive,
        linear_s__weight=None,
        linear_r__weight=torch.zeros(16, 8),
        cross_attention__proj__bias=None,
        cross_attention__addnorm__ln__weight=torch.zeros(2, 16),
        cross_attention__wo__weight=torch.zeros(16, 16),
        rel_classifier__weight=torch.zeros(3, 58),
        size_embeddings__weight=torch.zeros(8, 5),
    )
    message = refused(checkpoint, heads=5)
    assert "cannot be imported as a SINET model" in message and "(8 problems)" in message
    assert (
        "--heads 5 does not divide hidden_size 16" in message
        and "possible numbers: 1, 2, 4, 8, 16" in message
    )
    assert "linear_s.weight: is missing" in message
    assert "linear_r.weight: has shape [16, 8] where [16, 16] is needed" in message
    assert "cross_attention.proj.bias: is missing" in message
    assert "cross_attention.addnorm.ln.weight: has shape [2, 16] where [16] is needed" in message
    assert "cross_attention.wo.weight: does not belong to any part of SINET" in message
    assert "rel_classifier.weight: has shape [3, 58] where [3, 74] is needed" in message
    assert "--max-width 7 at most" in message


@pytest.mark.parametrize("name", SINET.own)
def test_each_tensor_is_needed(checkpoint: Path, naive: NaiveSinet, name: str):
    rewrite(checkpoint, naive, **{name.replace(".", "__"): None})
    message = refused(checkpoint)
    assert f"{name}: is missing" in message and "problems" not in message


def test_a_types_file_of_another_model(checkpoint: Path, tmp_path: Path):
    other = write_types(tmp_path / "other.json", tiny(0, entities=["A"], relations=["R", "S"], symmetric=[]))
    assert "(4 problems)" in refused(checkpoint, types=other)


def test_a_spert_model_is_sent_to_its_own_command(tmp_path: Path):
    checkpoint = write_checkpoint(tmp_path / "checkpoint", tiny(0))
    message = refused(checkpoint)
    assert "model.safetensors: contains a SpERT model" in message and "jointre import spert" in message
    assert "linear_s" not in message


def test_a_sinet_model_is_sent_to_its_own_command(checkpoint: Path):
    message = refused_by(import_spert, checkpoint)
    assert "model.safetensors: contains a SINET model" in message and "jointre import sinet" in message


def test_another_model_with_another_encoder(checkpoint: Path):
    config = json.loads((checkpoint / "config.json").read_text())
    (checkpoint / "config.json").write_text(json.dumps({**config, "model_type": "albert"}))
    message = refused_by(import_spert, checkpoint)
    assert "(2 problems)" in message and "'albert'" in message and "jointre import sinet" in message
    assert "SINET's published code supports only BERT" in refused(checkpoint)


def test_a_bare_encoder_lacks_everything_else(checkpoint: Path, naive: NaiveSinet):
    write_weights(checkpoint, {f"bert.{name}": value for name, value in naive.bert.state_dict().items()})
    assert "(14 problems)" in refused(checkpoint)
    assert "(5 problems)" in refused_by(import_spert, checkpoint)
