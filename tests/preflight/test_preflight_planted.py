"""Faults planted in a sound config: each is found with its key and line, and several are found in one run."""

from pathlib import Path

import pytest
from planted import COMBINED, FAULTS, FILES, SOUND

from jointre.encoders.locate import missing_model
from jointre.errors import ConfigError
from jointre.preflight import load_checked, refuse


@pytest.fixture
def found(tmp_path, monkeypatch):
    """The faults of a config text, in a folder that holds all that the sound one names."""
    for name in FILES:
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_text("{}", encoding="utf8")
    monkeypatch.chdir(tmp_path)

    def find(text):
        (tmp_path / "my.cfg").write_text(text, encoding="utf8")
        with pytest.raises(ConfigError) as caught:
            load_checked("my.cfg", use="train")
        return [str(fault) for fault in caught.value.faults]

    return find


def is_reported(planted, text, faults):
    return any(fault.startswith(planted.place(text)) and planted.says in fault for fault in faults)


def test_the_sound_config_has_no_fault(found):
    with pytest.raises(pytest.fail.Exception):
        found(SOUND)
    for use in ("debug", "train", "pretrain"):
        refuse(load_checked("my.cfg", use=use), use)


@pytest.mark.parametrize("planted", FAULTS, ids=lambda planted: planted.id)
def test_a_fault_is_found_with_its_key_and_line(found, planted):
    text = planted.into(SOUND)
    faults = found(text)
    assert len(faults) == 1, faults
    assert is_reported(planted, text, faults), faults


@pytest.mark.parametrize("lines", COMBINED, ids=" ".join)
def test_several_faults_are_found_in_one_run(found, lines):
    chosen = [next(planted for planted in FAULTS if planted.line == line) for line in lines]
    text = SOUND
    for planted in chosen:
        text = planted.into(text)
    faults = found(text)
    assert [planted.id for planted in chosen if not is_reported(planted, text, faults)] == [], faults
    assert len(faults) == len(chosen), faults


def test_debugging_does_not_ask_for_what_is_not_named(found):
    text = SOUND.replace('"train.jsonl"', "null").replace('"dev.jsonl"', "null")
    assert any("paths.train is not set" in fault for fault in found(text))
    load_checked("my.cfg", use="debug")


def test_without_a_dev_corpus_there_is_nothing_to_choose_by(found):
    faults = found(SOUND.replace('dev = "dev.jsonl"', "dev = null"))
    assert len(faults) == 2
    assert any("need a dev corpus" in fault for fault in faults)
    assert any("tuning a threshold needs a dev corpus" in fault for fault in faults)


@pytest.fixture
def beside(found, tmp_path, monkeypatch):
    """The sound config in a folder of its own, seen from the folder above it."""
    (tmp_path / "my.cfg").write_text(SOUND, encoding="utf8")
    monkeypatch.chdir(tmp_path.parent)
    return Path(tmp_path.name) / "my.cfg"


def test_relative_paths_count_from_the_working_directory(beside, tmp_path):
    with pytest.raises(ConfigError) as caught:
        load_checked(beside, use="train")
    text = str(caught.value)
    assert f"no such file, looked for at {Path.cwd() / 'train.jsonl'}" in text
    assert f"did you mean '{beside.parent}/train.jsonl'?" in text
    assert f"[initialize] weights: 'earlier': no such file, looked for at {Path.cwd() / 'earlier'}" in text


def test_a_path_of_the_command_line_is_not_looked_for_beside_the_config(beside, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ConfigError) as caught:
        load_checked("my.cfg", overrides={"paths.train": "trian.jsonl"}, use="train")
    [fault] = caught.value.faults
    assert fault.where == "--paths.train [paths] train" and fault.remedy == "did you mean 'train.jsonl'?"


def test_names_that_nothing_reads_are_told(found, tmp_path):
    text = f'{SOUND}\n[corpora.dve]\n@readers = "jointre.jsonl.v1"\npath = "dev.jsonl"\n'
    (tmp_path / "my.cfg").write_text(text.replace("[paths]", '[paths]\ntrian = "x.jsonl"'), encoding="utf8")
    first, second = load_checked("my.cfg", use="train").notices
    assert first == "my.cfg:3 [paths] trian: nothing refers to it; did you mean 'train'?"
    assert second.endswith("[corpora.dve]: training reads train and dev; did you mean 'dev'?")


@pytest.mark.parametrize(
    ("name", "missing"),
    [
        ("some-encoder", "neither a folder nor a model on the hub"),
        ("a/b/c", "neither a folder nor a model on the hub"),
        ("not a name", "neither a folder nor a model on the hub"),
        ("./nowhere", "model folder not found"),
        ("acme/encoder", "not in the hub's cache"),
        ("bert-base-nonesuch", "not in the hub's cache"),
    ],
)
def test_pretrained_models_that_are_not_there(name, missing):
    assert missing in missing_model(name, offline=True).what
    may_be_elsewhere = missing_model(name, offline=False) is None
    assert may_be_elsewhere == ("cache" in missing)
