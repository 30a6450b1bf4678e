"""Predictor: any number of documents, in their order, whatever they are."""

import pytest

import jointre.predict
from jointre.data.doc import Doc
from jointre.data.labels import Labels
from jointre.encoders.base import Source
from jointre.errors import DataError, UsageError
from jointre.predict import Predictor
from jointre.testing import toy_docs
from jointre.tokenizers.hf import HFTokenizer


@pytest.fixture(scope="module")
def parts(talkative):
    return talkative(max_width=2, threshold=0.9)


def test_documents_without_words_come_back_as_they_are(parts):
    docs = [Doc([], id="none"), toy_docs()[2], Doc([], id="none again")]
    predictor = Predictor(*parts)
    found = list(predictor(docs))
    assert [doc.id for doc in found] == ["none", "toy-2", "none again"]
    assert found[0] == docs[0] and found[1].entities
    assert predictor.skipped == []


def test_chunks_are_joined_in_order(parts, monkeypatch):
    docs = toy_docs(11)
    whole = list(Predictor(*parts, batch_pieces=1)(docs))
    monkeypatch.setattr(jointre.predict, "CHUNK", 4)
    assert list(Predictor(*parts, batch_pieces=1)(docs)) == whole


def test_documents_are_read_as_they_are_needed(parts, monkeypatch):
    monkeypatch.setattr(jointre.predict, "CHUNK", 2)
    read = []
    stream = (read.append(doc.id) or doc for doc in toy_docs(6))
    next(Predictor(*parts)(stream))
    assert read == ["toy-0", "toy-1"]


def test_what_is_too_long_is_refused_or_comes_back_empty(parts, encoder_folder):
    model, _ = parts
    docs = [toy_docs()[2], Doc(["works"] * 200, id="long"), toy_docs()[3]]
    with pytest.raises(
        DataError, match="long: 200 words have 202 pieces, but the encoder accepts at most 128"
    ):
        list(Predictor(model, tokenizer_for(encoder_folder, "error"))(docs))
    predictor = Predictor(model, tokenizer_for(encoder_folder, "skip"))
    found = list(predictor(docs))
    assert [doc.id for doc in found] == ["toy-2", "long", "toy-3"]
    assert not found[1].entities and found[0].entities and found[2].entities
    assert [doc.id for doc in predictor.skipped] == ["long"]
    assert predictor.windowed == 0


def tokenizer_for(folder, overflow):
    tokenizer = HFTokenizer(str(folder), overflow=overflow)
    tokenizer.build(Source())
    return tokenizer


def test_the_longest_document_that_fits_is_predicted(parts):
    (found,) = Predictor(*parts)([Doc(["works"] * 126)])
    assert len(found.words) == 126


def test_the_mode_of_the_model_is_restored(parts, encoder_folder):
    model, tokenizer = parts
    for mode in (True, False):
        model.train(mode)
        list(Predictor(model, tokenizer)(toy_docs(3)))
        assert model.training is mode
    model.train()
    with pytest.raises(DataError):
        list(Predictor(model, tokenizer_for(encoder_folder, "error"))([Doc(["works"] * 200)]))
    assert model.training
    model.eval()


def test_annotation_given_is_replaced(parts):
    doc = toy_docs()[0]
    (found,) = Predictor(*parts)([doc])
    assert all(entity.score is not None for entity in found.entities)
    assert doc == toy_docs()[0]


def test_no_documents(parts):
    assert list(Predictor(*parts)([])) == []


def test_what_came_before_an_error_is_predicted_first(parts, encoder_folder):
    def broken():
        yield from toy_docs(3)
        raise OSError("the disk is gone")

    found = Predictor(*parts)(broken())
    assert [next(found).id for _ in range(3)] == ["toy-0", "toy-1", "toy-2"]
    with pytest.raises(OSError, match="the disk is gone"):
        next(found)


def test_what_came_before_a_refused_document_is_predicted_first(parts, encoder_folder):
    long = [Doc(["works"] * 200, id=f"long {number}") for number in range(2)]
    found = Predictor(parts[0], tokenizer_for(encoder_folder, "error"))([*toy_docs(5), *long, *toy_docs(3)])
    assert [next(found).id for _ in range(5)] == [f"toy-{number}" for number in range(5)]
    with pytest.raises(DataError) as error:
        next(found)
    assert len(error.value.faults) == 2


def test_a_threshold_holds_for_one_predictor(talkative):
    model, tokenizer = talkative(max_width=2, threshold=0.3)
    docs, own = toy_docs(4), model.threshold
    few, many = (list(Predictor(model, tokenizer, threshold=value)(docs)) for value in (0.6, 0.3))
    assert many == list(Predictor(model, tokenizer)(docs)) and model.threshold == own
    assert all(relation.score >= 0.6 for doc in few for relation in doc.relations)
    assert 0 < sum(len(doc.relations) for doc in few) < sum(len(doc.relations) for doc in many)
    assert list(Predictor(model, tokenizer, threshold=0.6).stream(docs)) == few


@pytest.mark.parametrize("value", [-0.1, 1.5, float("nan")])
def test_a_threshold_that_is_no_probability_is_refused(parts, value):
    with pytest.raises(UsageError, match="is not a probability"):
        Predictor(*parts, threshold=value)


def test_a_threshold_that_the_model_does_not_have_is_refused(talkative):
    with pytest.raises(UsageError, match="gives each pair one class, or there are no relation types"):
        Predictor(*talkative(Labels(("Person",), ())), threshold=0.5)
