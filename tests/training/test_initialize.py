"""[initialize]: parts of a model begin with the weights of the same parts in another folder."""

import json
import shutil

import pytest
from safetensors.torch import load_file

from jointre.config import load_config
from jointre.config.source import parse
from jointre.errors import ConfigError, UsageError
from jointre.pipeline import load
from jointre.testing import toy_docs
from jointre.training.run import train

LOSSES = """
[training.losses.tag]
@losses = "jointre.cross_entropy.v1"

[training.losses.relation]
@losses = "jointre.cross_entropy.v1"
"""
PARTS = {
    "encoder": ("encoder.",),
    "entity_encoder": ("entity_head.extractor.",),
    "pair_encoder": ("pair_extractor.", "relation_head.block."),
}


@pytest.fixture(scope="module")
def enpar(encoder_folder, toy_dev):
    """ENPAR in small, one epoch with a learning rate of zero: weights stay what they began with."""

    def make(**overrides):
        given = {
            "model.encoder.name": str(encoder_folder),
            "model.entity_head.overlap": "keep_outer",
            "model.entity_head.extractor.pooler.filters": 8,
            "model.entity_head.extractor.pooler.hidden": 12,
            "model.pair_extractor.context.pooler.filters": 8,
            "model.relation_head.hidden": 16,
            "paths.train": str(toy_dev),
            "training.epochs": 1,
            "training.optimizer.lr": 0.0,
            "training.checkpoint_every": None,
            "system.device": "cpu",
        }
        given.update({key.replace("__", "."): value for key, value in overrides.items()})
        return load_config("enpar/pretrain", [parse(LOSSES, "overlay")], given)

    return make


@pytest.fixture(scope="module")
def source(enpar, tmp_path_factory):
    """A model folder with weights that are not those of any other seed."""
    folder = tmp_path_factory.mktemp("source") / "run"
    train(enpar(system__seed=7, training__optimizer__lr=0.1), folder, quiet=True)
    return folder


def tensors(run):
    return load_file(run / "model" / "model.safetensors")


def begun_with(run, source):
    """The names of the tensors that are those of the source."""
    own, given = tensors(run), tensors(source)
    return {name for name in own if own[name].equal(given[name])}


@pytest.mark.parametrize("parts", [["encoder"], ["encoder", "entity_encoder", "pair_encoder"]])
def test_the_named_parts_and_no_others_are_loaded(enpar, source, tmp_path, capsys, parts):
    config = enpar(initialize__weights=str(source), initialize__parts=parts)
    train(config, tmp_path / "run")
    same, fresh = begun_with(tmp_path / "run", source), tensors(tmp_path / "run")
    prefixes = tuple(prefix for part in parts for prefix in PARTS[part])
    wanted = {name for name in fresh if name.startswith(prefixes)}
    assert wanted <= same
    heads = {"entity_head.types.weight", "entity_head.classifier.weight", "relation_head.classifier.weight"}
    assert not heads & same
    shown = capsys.readouterr().err
    facts = json.loads((tmp_path / "run" / "run.json").read_text("utf8"))["initialized"]
    assert list(facts["parts"]) == parts and len(facts["sha256"]) == 64
    for part in parts:
        count = facts["parts"][part]
        names = [name for name in fresh if name.startswith(PARTS[part])]
        assert count == {"tensors": len(names), "parameters": sum(fresh[name].numel() for name in names)}
        assert f"{part} starts from {count['tensors']} tensors ({count['parameters']:,} parameters)" in shown


def test_the_saved_model_needs_no_such_folder(enpar, source, tmp_path):
    copy = tmp_path / "copy"
    shutil.copytree(source, copy)
    train(enpar(initialize__weights=str(copy)), tmp_path / "run", quiet=True)
    shutil.rmtree(copy)
    assert len(list(load(tmp_path / "run", "cpu").predict(toy_docs(2)))) == 2


def test_weights_that_do_not_fit_are_refused_with_their_names(enpar, source, tmp_path):
    other = enpar(
        initialize__weights=str(source),
        model__entity_head__extractor__pooler__kernels=[2, 3],
        model__relation_head__hidden=17,
    )
    with pytest.raises(UsageError) as refused:
        train(other, tmp_path / "run", quiet=True)
    text = str(refused.value)
    assert "entity_encoder: tensor entity_head.extractor.pooler" in text
    assert "pair_encoder: tensor relation_head.block.dense.weight has shape" in text
    assert "encoder.network" not in text and not (tmp_path / "run").exists()


def test_a_part_that_the_model_has_not_is_refused(small, source, tmp_path):
    config = small(initialize__weights=str(source), initialize__parts=["encoder", "mood"])
    with pytest.raises(ConfigError, match="the model has no part 'mood'") as refused:
        train(config, tmp_path / "run", quiet=True)
    assert "available: encoder, views, entity_encoder" in str(refused.value)


def test_a_part_without_weights_is_refused(small, source, tmp_path):
    """SpERT's pairs have no weights of their own before the scores."""
    config = small(initialize__weights=str(source), initialize__parts=["encoder", "pair_encoder"])
    with pytest.raises(UsageError, match="pair_encoder: the model has no weights for it"):
        train(config, tmp_path / "run", quiet=True)


def test_a_folder_that_is_not_there_is_refused(small, tmp_path):
    with pytest.raises(ConfigError, match=r"weights: '.*none': no such file"):
        train(small(initialize__weights=str(tmp_path / "none")), tmp_path / "run", quiet=True)
