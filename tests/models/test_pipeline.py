"""Pipeline: texts in, documents out."""

import pytest

from jointre.config import load_config
from jointre.data.doc import Doc, Entity, Relation
from jointre.errors import DataError, UsageError
from jointre.pipeline import Pipeline
from jointre.segmenters import Documents
from jointre.splitters import UnicodeWords
from jointre.testing import toy_docs

TEXTS = ["Anna Berg met Otto. Then it rained.", "The end."]


@pytest.fixture(scope="module")
def pipeline(talkative, encoder_folder):
    """A pipeline that finds many entities and relations."""
    config = load_config("spert/conll04", overrides={"model.encoder.name": str(encoder_folder)})
    return Pipeline(*talkative(max_width=2, threshold=0.4), config, {})


def test_one_text_gives_one_document(pipeline):
    doc = pipeline(TEXTS[0])
    assert isinstance(doc, Doc) and doc.id == "text:1"
    assert doc.text == TEXTS[0] and doc.sentences == [(0, 5), (5, 9)]
    assert doc.entities and doc.relations
    for entity in doc.entities:
        assert doc.text[entity.start_char : entity.end_char] == doc.surface(entity)
    assert all(doc.evidence(relation) in [(0, 19), (20, 35)] for relation in doc.relations)


def test_many_texts_give_a_list(pipeline):
    found = pipeline(TEXTS)
    assert [doc.id for doc in found] == ["text:1", "text:2"]
    assert found[0] == pipeline(TEXTS[0]) and pipeline([]) == []
    assert pipeline(text for text in TEXTS) == found == pipeline(tuple(TEXTS))
    (alone,) = pipeline(TEXTS[:1])
    assert alone == found[0]


def test_words_and_documents_keep_their_words(pipeline):
    words = ["Anna", "met", "Otto"]
    own = Doc(["Otto", "sleeps"], [Entity(0, 1, "Odd")], id="own", meta={"key": 1})
    text, from_words, from_doc = pipeline([TEXTS[1], words, own])
    assert text.text == TEXTS[1]
    assert (from_words.id, from_words.words, from_words.text) == ("text:2", words, None)
    assert (from_doc.id, from_doc.words, from_doc.meta) == ("own", own.words, {"key": 1})
    assert all(entity.score is not None for entity in from_doc.entities)
    assert own.entities == [Entity(0, 1, "Odd")]


def test_a_predicted_document_can_be_predicted_again(pipeline):
    found = pipeline(TEXTS)
    assert pipeline(found) == found


def test_texts_without_words_have_nothing(pipeline):
    assert [doc.entities for doc in pipeline(["", " \n"])] == [[], []]
    assert pipeline("").words == []


def test_a_threshold_for_one_call(pipeline):
    own = pipeline.model.threshold
    many, few, none = (pipeline(TEXTS[0], threshold=value).relations for value in (0.0, 0.6, 1.0))
    assert len(many) > len(few) > len(none) == 0
    assert {(r.head, r.tail, r.label) for r in few} <= {(r.head, r.tail, r.label) for r in many}
    assert pipeline.model.threshold == own and pipeline(TEXTS[0]) == pipeline(TEXTS[0], threshold=own)


def test_the_size_of_batches_changes_no_annotation(pipeline):
    docs = toy_docs(6)
    small, large = (pipeline(docs, batch_pieces=pieces) for pieces in (1, 10_000))
    assert [doc.annotation() for doc in small] == [doc.annotation() for doc in large]


def test_dictionaries(pipeline):
    (first, second), (one, other) = pipeline(TEXTS), pipeline(TEXTS, as_dicts=True)
    assert (one, other) == (first.to_dict(), second.to_dict())
    assert pipeline(TEXTS[1], as_dicts=True) == pipeline(TEXTS[1]).to_dict()
    assert Doc.from_dict(one) == first


def test_the_segmenter_decides_which_relations_are_found(pipeline, monkeypatch):
    monkeypatch.setattr(pipeline, "segmenter", Documents())
    doc = pipeline(TEXTS[0], threshold=0.0)
    assert (0, 35) in {doc.evidence(relation) for relation in doc.relations}


def test_the_splitter_makes_the_words(pipeline, monkeypatch):
    assert isinstance(pipeline.splitter, UnicodeWords)
    monkeypatch.setattr(pipeline.splitter, "words", lambda text: [(0, 3), (4, 8)])
    assert pipeline("The end.").words == ["The", "end."]


@pytest.mark.parametrize(
    ("texts", "message"),
    [
        (["a", None], "text:2"),
        ([[]], "it is empty"),
        ([["a", 3]], "text:1"),
        ([Doc(["a"], [Entity(0, 2, "X")])], "outside the 1 words"),
        ([Doc(["a"], [Entity(0, 1, "X")], [Relation(0, 1, "r")])], "relation 0"),
    ],
)
def test_what_is_no_text_is_refused(pipeline, texts, message):
    with pytest.raises(DataError, match=message):
        pipeline(texts)


@pytest.mark.parametrize("texts", [Doc(["a"]), {"text": "The end."}])
def test_one_of_what_is_no_string_is_refused(pipeline, texts):
    with pytest.raises(DataError, match=r"put it into a list: \[text\]|`Doc.from_dict`"):
        pipeline(texts)


@pytest.mark.parametrize("threshold", [-0.1, 1.5, float("nan")])
def test_a_threshold_that_is_no_probability_is_refused(pipeline, threshold):
    with pytest.raises(UsageError, match="is not a probability"):
        pipeline(TEXTS, threshold=threshold)
