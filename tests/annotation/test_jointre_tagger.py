"""A model of jointre as a tagger: its entities are kept as they are, its relations are not."""

from pathlib import Path

import pytest

from jointre.data.doc import Doc
from jointre.data.raw_text import doc_from_text
from jointre.errors import ModelFolderError
from jointre.pipeline import load
from jointre.taggers.base import Tagger
from jointre.taggers.named import load_tagger, parse_tagger

TEXTS = ["Anna Berg met Otto in Rome.", "Rome rained.", "Otto left."]


@pytest.fixture(scope="module")
def tagger(talkative_folder: Path) -> Tagger:
    return load_tagger(parse_tagger(f"jointre:{talkative_folder}", device="cpu"))


def docs() -> list[Doc]:
    return [doc_from_text(text, id=str(number)) for number, text in enumerate(TEXTS)]


def test_entities_are_those_that_the_model_predicts_even_where_they_overlap(
    tagger: Tagger, talkative_folder: Path
) -> None:
    predicted = list(load(talkative_folder, "cpu").predict(docs()))
    tagged = list(tagger.tag(docs()))
    assert [doc and doc.entities for doc in tagged] == [doc.entities for doc in predicted]
    assert any(doc.relations for doc in predicted) and not any(doc and doc.relations for doc in tagged)
    first = predicted[0].entities
    assert any(a.start < b.end and b.start < a.end for a in first for b in first if a is not b)
    assert {entity.label for doc in predicted for entity in doc.entities} <= set(tagger.labels)


def test_what_the_tokenizer_leaves_out_is_told_apart(tagger: Tagger, monkeypatch: pytest.MonkeyPatch) -> None:
    predictor = tagger.predictor  # type: ignore[attr-defined]
    monkeypatch.setattr(predictor.tokenizer, "overflow", "skip")
    long = doc_from_text("Rome " * 2000)
    found = list(tagger.tag([*docs(), long, *docs()]))
    assert [doc is None for doc in found] == [False] * 3 + [True] + [False] * 3


def test_a_folder_that_is_no_model_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ModelFolderError):
        load_tagger(parse_tagger(f"jointre:{tmp_path}"))


def test_a_model_that_must_be_given_its_entities_is_refused(
    talkative_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pipeline = load(talkative_folder, "cpu")
    monkeypatch.setattr(type(pipeline.model), "given_only", property(lambda model: True))
    with pytest.raises(ModelFolderError, match="must be given its entities"):
        load_tagger(parse_tagger(f"jointre:{talkative_folder}", device="cpu"))
