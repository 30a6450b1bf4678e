"""Faults planted in a sound config: each is found with its key and line, and several are found in one run."""

import pytest
from planted import COMBINED, FAULTS, FILES, SOUND

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
    assert any("no dev corpus to watch" in fault for fault in faults)
    assert any("no dev corpus to choose a threshold on" in fault for fault in faults)
