"""Altered descriptions of a model: the folder loads, or it is refused, never anything else."""

import json
import shutil

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from spoiling import VALUES, spoiled

from jointre.config import load_config
from jointre.errors import ModelFolderError
from jointre.pipeline import load
from jointre.testing import toy_docs
from jointre.training.run import train

FUZZ = settings(max_examples=30, deadline=None)


@pytest.fixture(scope="module")
def saved(encoder_folder, toy_corpus, tmp_path_factory):
    """A model folder, and its files as they were."""
    overrides = {"model.encoder.name": str(encoder_folder), "training.epochs": 1, "system.device": "cpu"}
    overrides |= {f"corpora.{split}.@readers": "jointre.jsonl.v1" for split in ("train", "dev")}
    overrides |= {f"paths.{split}": str(toy_corpus) for split in ("train", "dev")}
    folder = tmp_path_factory.mktemp("saved") / "run"
    train(load_config("spert/conll04", overrides=overrides), folder, quiet=True)
    shutil.copytree(folder / "model", folder / "sound")
    return folder


def loads_or_is_refused(saved, name, text):
    (saved / "model" / name).write_text(text, encoding="utf8")
    try:
        list(load(saved).predict(toy_docs(1)))
    except ModelFolderError as error:
        assert error.faults and all(fault.what for fault in error.faults)
    finally:
        shutil.copy(saved / "sound" / name, saved / "model" / name)


JSON = [
    "meta.json",
    "labels.json",
    "encoder/config.json",
    "tokenizer/tokenizer_config.json",
    "tokenizer/tokenizer.json",
]


@pytest.mark.parametrize("name", JSON)
@given(data=st.data())
@FUZZ
def test_json(saved, name, data):
    sound = json.loads((saved / "sound" / name).read_text(encoding="utf8"))
    loads_or_is_refused(saved, name, json.dumps(data.draw(spoiled(sound) | VALUES)))


@given(place=st.floats(0, 1), cut=st.integers(0, 12), typed=st.text(st.characters(codec="utf-8"), max_size=6))
@FUZZ
def test_config(saved, place, cut, typed):
    text = (saved / "sound" / "config.cfg").read_text(encoding="utf8")
    at = int(place * len(text))
    loads_or_is_refused(saved, "config.cfg", text[:at] + typed + text[at + cut :])
