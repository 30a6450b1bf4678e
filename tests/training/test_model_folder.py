"""Model folders: written whole, read strictly."""

import json
import os
import shutil
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file, save_file

from jointre.about import __version__
from jointre.config import import_code
from jointre.data.atomic_write import file_sha256
from jointre.errors import ModelFolderError
from jointre.pipeline import load
from jointre.serialize import _refusing, _swap, apart, recover, save_model, write_tensors
from jointre.testing import toy_docs
from jointre.training.run import train
from jointre.weights import read_tensors


@pytest.fixture(scope="module")
def trained(encoder_folder, toy_corpus, tmp_path_factory):
    from jointre.config import load_config

    names = {"model.encoder.name": str(encoder_folder), "training.epochs": 1, "system.device": "cpu"}
    readers = {f"corpora.{split}.@readers": "jointre.jsonl.v1" for split in ("train", "dev")}
    paths = {"paths.train": str(toy_corpus), "paths.dev": str(toy_corpus)}
    folder = tmp_path_factory.mktemp("trained") / "run"
    train(load_config("spert/conll04", overrides={**names, **readers, **paths}), folder, quiet=True)
    return folder / "model"


@pytest.fixture
def folder(trained, tmp_path):
    return shutil.copytree(trained, tmp_path / "model")


def rewrite(folder, change):
    """Change the weights and make the hash fit again."""
    state = load_file(folder / "model.safetensors")
    change(state)
    save_file(state, folder / "model.safetensors")
    meta = json.loads((folder / "meta.json").read_text(encoding="utf8"))
    meta["weights_sha256"] = file_sha256(folder / "model.safetensors")
    (folder / "meta.json").write_text(json.dumps(meta), encoding="utf8")


def test_everything_a_folder_needs_is_in_it(folder, encoder_folder, tmp_path):
    config = (folder / "config.cfg").read_text(encoding="utf8")
    (folder / "config.cfg").write_text(config.replace(str(encoder_folder), "gone/away"), encoding="utf8")
    assert len(list(load(folder).predict(toy_docs()))) == len(toy_docs())


def test_no_file_is_a_pickle(folder):
    names = {path.suffix for path in folder.rglob("*") if path.is_file()}
    assert names <= {".cfg", ".safetensors", ".json", ".md", ".txt"}


def test_a_plugin_that_fails_is_not_taken_for_a_bad_folder(tmp_path):
    (tmp_path / "failing_plugin.py").write_text("def fail():\n    1 / 0\n", encoding="utf8")
    plugin = import_code(tmp_path / "failing_plugin.py")
    with pytest.raises(ZeroDivisionError), _refusing("cannot predict"):
        plugin.fail()
    with (
        pytest.raises(ModelFolderError, match="cannot predict: ZeroDivisionError"),
        _refusing("cannot predict"),
    ):
        _ = 1 / 0


def test_all_missing_files_are_named_at_once(folder):
    (folder / "labels.json").unlink()
    (folder / "encoder" / "config.json").unlink()
    with pytest.raises(ModelFolderError) as refused:
        load(folder)
    assert [fault.what for fault in refused.value.faults] == [
        "labels.json is missing",
        "encoder/config.json is missing",
    ]


def test_no_folder_at_all(tmp_path):
    with pytest.raises(ModelFolderError, match="the folder does not exist"):
        load(tmp_path / "nothing")


def test_altered_weights(folder):
    with (folder / "model.safetensors").open("r+b") as file:
        file.seek(-1, 2)
        file.write(b"\x55")
    with pytest.raises(ModelFolderError, match="not the file that was saved"):
        load(folder)


def test_cut_off_weights(folder):
    data = (folder / "model.safetensors").read_bytes()
    (folder / "model.safetensors").write_bytes(data[: len(data) // 2])
    meta = json.loads((folder / "meta.json").read_text(encoding="utf8"))
    meta["weights_sha256"] = file_sha256(folder / "model.safetensors")
    (folder / "meta.json").write_text(json.dumps(meta), encoding="utf8")
    with pytest.raises(ModelFolderError, match="cannot be read"):
        load(folder)


def test_tensors_missing_surplus_of_other_shape_or_dtype_are_all_named(folder):
    def change(state):
        state["stray.weight"] = torch.zeros(2)
        del state["entity_head.classifier.bias"]
        state["relation_head.classifier.bias"] = torch.zeros(9)
        state["relation_head.classifier.weight"] = state["relation_head.classifier.weight"].half()

    rewrite(folder, change)
    with pytest.raises(ModelFolderError) as refused:
        load(folder)
    text = str(refused.value)
    assert len(refused.value.faults) == 4
    for part in ("stray.weight", "entity_head.classifier.bias is missing", "[9]", "float16"):
        assert part in text


def test_missing_plugin_is_one_sentence(folder):
    meta = json.loads((folder / "meta.json").read_text(encoding="utf8"))
    meta["packages"] = {"acme-poolers": "1.2", "my_part": ""}
    (folder / "meta.json").write_text(json.dumps(meta), encoding="utf8")
    with pytest.raises(ModelFolderError) as refused:
        load(folder)
    assert "pip install acme-poolers==1.2" in str(refused.value)
    assert "--code my_part.py" in str(refused.value)


def test_broken_json_is_refused(folder):
    (folder / "meta.json").write_text('{"jointre": ', encoding="utf8")
    with pytest.raises(ModelFolderError, match=r"meta\.json"):
        load(folder)


def described(folder, **facts):
    """Change what meta.json says."""
    meta = json.loads((folder / "meta.json").read_text(encoding="utf8"))
    (folder / "meta.json").write_text(json.dumps({**meta, **facts}), encoding="utf8")


def encoder_config(folder, **values):
    """Change what the encoder's config says."""
    file = folder / "encoder" / "config.json"
    file.write_text(json.dumps({**json.loads(file.read_text(encoding="utf8")), **values}), encoding="utf8")


def configured(folder, old, new):
    """Change config.cfg."""
    text = (folder / "config.cfg").read_text(encoding="utf8")
    assert old in text
    (folder / "config.cfg").write_text(text.replace(old, new), encoding="utf8")


def test_config_with_a_fault_is_refused_with_its_line(folder):
    configured(folder, "max_width = 10", 'max_width = "ten"')
    with pytest.raises(ModelFolderError, match=r"config\.cfg:\d+ .*max_width: expected an integer"):
        load(folder)


@pytest.mark.parametrize("number", ["0.1.0", "9.9.9"])
def test_unknown_component_names_the_versions_and_no_other_component(folder, number):
    described(folder, jointre=number)
    configured(folder, "jointre.max.v1", "jointre.max.v9")
    with pytest.raises(ModelFolderError) as refused:
        load(folder)
    text = str(refused.value)
    assert f"made with jointre {number}; this is {__version__}" in text
    assert "'jointre.max.v9' is not one of the poolers" in text
    assert "did you mean" not in text and "jointre.max.v1" not in text
    assert ("pip install 'jointre>=9.9.9'" in text) == (number == "9.9.9")


def test_faults_of_a_newer_folder_begin_with_its_version(folder):
    described(folder, jointre="9.9.9")
    configured(folder, "max_width = 10", "max_width = 10\nnever_heard_of = 1")
    with pytest.raises(ModelFolderError) as refused:
        load(folder)
    assert refused.value.faults[0].what == f"made with jointre 9.9.9; this is {__version__}"


def test_newer_folder_that_is_understood_is_loaded_with_a_warning(folder):
    described(folder, jointre="9.9.9")
    with pytest.warns(UserWarning, match=r"made with jointre 9\.9\.9"):
        load(folder)


def test_folder_that_says_nothing_of_versions_is_loaded(folder):
    meta = json.loads((folder / "meta.json").read_text(encoding="utf8"))
    (folder / "meta.json").write_text(json.dumps({"weights_sha256": meta["weights_sha256"]}), encoding="utf8")
    load(folder)


@pytest.mark.parametrize(
    ("package", "number"),
    [
        ("acme; rm -rf ~", "1.0"),
        ("acme", "1.0 --index-url evil"),
        ("--user", "1.0"),
        ("acme @ https://x", "1"),
    ],
)
def test_only_names_and_versions_of_packages_become_advice(folder, package, number):
    described(folder, packages={package: number})
    with pytest.raises(ModelFolderError) as refused:
        load(folder)
    assert "pip install" not in str(refused.value)


@pytest.mark.parametrize("value", [float("nan"), float("-inf"), 1e30])
def test_weights_that_are_not_numbers_or_absurd_are_named(folder, value):
    def change(state):
        state["relation_head.classifier.bias"][1] = value

    rewrite(folder, change)
    with pytest.raises(
        ModelFolderError, match=r"tensor relation_head\.classifier\.bias contains numbers"
    ) as refused:
        load(folder)
    assert len(refused.value.faults) == 1


def test_states_that_are_not_finite_are_noticed_on_loading(folder):
    """The root of a negative number: each value is possible, but the model would find nothing, and say nothing."""
    encoder_config(folder, layer_norm_eps=-1e6)
    with pytest.raises(ModelFolderError, match="not finite"):
        load(folder)


def test_network_stops_being_built_where_its_weights_end(folder):
    encoder_config(folder, num_hidden_layers=1000)
    with pytest.raises(ModelFolderError, match="more tensors than the weights have"):
        load(folder)


def test_tokenizer_of_another_model_is_refused(folder):
    file = folder / "tokenizer" / "tokenizer.json"
    tokenizer = json.loads(file.read_text(encoding="utf8"))
    tokenizer["model"]["vocab"]["another"] = 500
    file.write_text(json.dumps(tokenizer), encoding="utf8")
    with pytest.raises(ModelFolderError, match="501 pieces, but the encoder has"):
        load(folder)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no pipes")
def test_initial_weights_in_a_pipe_are_refused(tmp_path):
    os.mkfifo(tmp_path / "model.safetensors")
    with pytest.raises(ModelFolderError, match="pipe or a device"):
        read_tensors(tmp_path / "model.safetensors")


def test_failing_save_leaves_the_old_folder(folder, monkeypatch):
    pipeline = load(folder)
    before = (folder / "model.safetensors").read_bytes()

    def full(path):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(pipeline.tokenizer, "save", full)
    with pytest.raises(OSError, match="No space"):
        save_model(folder, pipeline.model, pipeline.tokenizer, pipeline.config)
    assert (folder / "model.safetensors").read_bytes() == before
    assert [path.name for path in folder.parent.iterdir()] == ["model"]


def test_files_can_be_read_by_whoever_may_read_new_files(folder):
    modes = {path.stat().st_mode & 0o777 for path in folder.rglob("*") if path.is_file()}
    assert len(modes) == 1


def test_tensors_that_share_memory_are_saved_as_two(tmp_path):
    value = torch.arange(6.0)
    write_tensors(apart({"a": value, "b": value, "c": value.reshape(2, 3).T}), tmp_path / "x.safetensors")
    found = load_file(tmp_path / "x.safetensors")
    assert torch.equal(found["a"], value) and torch.equal(found["b"], value)
    assert torch.equal(found["c"], value.reshape(2, 3).T)


def test_model_that_a_killed_save_had_set_aside_is_put_back(folder):
    (folder.parent / ".model.0123456789abcdef.part").mkdir()
    (folder.parent / ".model-old-x").mkdir()
    folder.rename(folder.parent / ".model-old-x" / "model")
    recover(folder)
    assert [path.name for path in folder.parent.iterdir()] == ["model"]
    assert (folder / "meta.json").is_file()


def test_save_of_a_loaded_model_is_the_same_model(folder, tmp_path):
    pipeline = load(folder)
    save_model(tmp_path / "again", pipeline.model, pipeline.tokenizer, pipeline.config)
    assert (tmp_path / "again" / "model.safetensors").read_bytes() == (
        folder / "model.safetensors"
    ).read_bytes()
    assert (tmp_path / "again" / "config.cfg").read_text() == (folder / "config.cfg").read_text()
    first = [doc.entities for doc in pipeline.predict(toy_docs())]
    assert [doc.entities for doc in load(tmp_path / "again").predict(toy_docs())] == first


@pytest.mark.parametrize("trouble", [KeyboardInterrupt, OSError])
@pytest.mark.parametrize("fails", [1, 2])
def test_a_swap_that_breaks_off_never_loses_the_model_before(folder, monkeypatch, trouble, fails):
    """The new folder cannot be moved into place; with ``fails = 2`` the old one cannot be moved back either."""
    new = shutil.copytree(folder, folder.parent / "new")
    rename, failed = Path.rename, []

    def broken(self, target):
        if target == folder and len(failed) < fails:
            failed.append(self)
            raise trouble
        return rename(self, target)

    monkeypatch.setattr(Path, "rename", broken)
    with pytest.raises(trouble):
        _swap(new, folder)
    monkeypatch.undo()
    recover(folder)
    load(folder, "cpu")
