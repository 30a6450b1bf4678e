"""Entities that the user gives for prediction: in a file for a text or corpus, or in the corpus."""

import io
import json
import sys

import pytest

from jointre.data.labels import Labels
from jointre.errors import DataError
from jointre.readers.given_entities import GivenDocs

LABELS = Labels(("Loc", "Peop"), ("Live_In",))
TEXT = "Ann Lee came. She lives in Rome.\n\nBob left Oslo.\n"


@pytest.fixture
def given(tmp_path):
    """Writes a source and a file of entities; returns what reads both."""

    def make(source, entities, labels=LABELS, name="in.txt"):
        (tmp_path / name).write_text(source, encoding="utf8")
        file = tmp_path / "entities.jsonl"
        file.write_text("".join(json.dumps({"entities": e}) + "\n" for e in entities), encoding="utf8")
        return GivenDocs(str(tmp_path / name), str(file), labels)

    return make


def span(start, end, label="Loc"):
    return {"start": start, "end": end, "label": label}


def surfaces(doc):
    return [(doc.surface(entity), entity.label) for entity in doc.entities]


def refusal(docs):
    with pytest.raises(DataError) as caught:
        list(docs)
    return str(caught.value)


def test_each_line_of_a_text_has_a_record(given):
    docs = list(given(TEXT, [[span(0, 7, "Peop"), span(27, 31)], [span(9, 13)]]))
    assert [(doc.id, doc.text, doc.sentences, doc.meta, surfaces(doc)) for doc in docs] == [
        (
            "in.txt:1",
            "Ann Lee came. She lives in Rome.",
            [(0, 4), (4, 9)],
            {"line": 1},
            [("Ann Lee", "Peop"), ("Rome", "Loc")],
        ),
        ("in.txt:3", "Bob left Oslo.", [(0, 4)], {"line": 3}, [("Oslo", "Loc")]),
    ]


def test_an_entity_in_two_sentences_joins_them(given):
    read = given(TEXT, [[span(8, 17), span(27, 31)], []])
    docs = list(read)
    assert [surfaces(doc) for doc in docs] == [[("came. She", "Loc"), ("Rome", "Loc")], []]
    assert [doc.sentences for doc in docs] == [[(0, 9)], [(0, 4)]]
    assert any("an entity lies in both: 1" in notice for notice in read.notices)


@pytest.mark.parametrize("start, end", [(13, 17), (26, 32), (13, 18)])
def test_blanks_around_an_entity_lose_nothing(given, start, end):
    docs = list(given("Ann Lee came. She lives in Rome, you know.\n", [[span(start, end)]]))
    assert sum(len(doc.entities) for doc in docs) == 1


def test_an_entity_inside_a_word_keeps_its_characters(given):
    (doc,) = given("The postwar years.\n", [[span(4, 8)]])
    assert doc.words == ["The", "postwar", "years", "."]
    assert surfaces(doc) == [("post", "Loc")]


def test_a_corpus_of_words_and_one_of_text(given):
    corpus = '{"tokens": ["In", "Rome"], "entities": [{"start": 0, "end": 1, "label": "Loc"}]}\n{"text": "In Rome"}\n'
    first, second = given(corpus, [[span(1, 2)], [span(3, 7)]], name="in.jsonl")
    assert surfaces(first) == surfaces(second) == [("Rome", "Loc")]


def test_the_only_type_of_a_model_needs_no_label(given):
    (doc,) = given("In Rome.\n", [[{"start": 3, "end": 7}]], Labels(("Entity",), ("r",)))
    assert surfaces(doc) == [("Rome", "Entity")]
    assert "entity 0 has no 'label'" in refusal(given("In Rome.\n", [[{"start": 3, "end": 7}]]))


def test_all_faults_are_reported_at_once_with_their_places(given):
    message = refusal(given(TEXT, [[span(27, 99), span(5, 5)], [span(9, 13, "Lok")], []]))
    assert "(4 problems)" in message
    assert "entities.jsonl:1: entity 0 ('Loc', 27 to 99) is outside the 32 characters" in message
    assert "entity 1 ('Loc', 5 to 5) is empty" in message
    assert "entities.jsonl:2: entity type 'Lok' is not among the labels" in message
    assert "has 3 records, but" in message and "has 2 lines that are not blank" in message


@pytest.mark.parametrize("record", ["[]", "{}", '{"entity": []}', '{"entities": 3}', '{"entities": [7]}'])
def test_records_in_another_format_are_refused(given, tmp_path, record):
    docs = given("In Rome.\n", [])
    (tmp_path / "entities.jsonl").write_text(record + "\n", encoding="utf8")
    assert "entities" in refusal(docs)


def test_an_entity_given_twice_is_one(given):
    read = given("In Rome.\n", [[span(3, 7), span(3, 7)]])
    (doc,) = read
    assert len(doc.entities) == 1
    assert any("duplicate entities, kept once: 1" in notice for notice in read.notices)


def test_gold_takes_those_of_the_corpus_and_needs_one(tmp_path):
    file = tmp_path / "in.jsonl"
    file.write_text(json.dumps({"tokens": ["In", "Rome"], "entities": [span(1, 2)]}), encoding="utf8")
    (doc,) = GivenDocs(str(file), "gold", LABELS)
    assert surfaces(doc) == [("Rome", "Loc")]
    assert "'Loc' is not among the labels" in refusal(GivenDocs(str(file), "gold", Labels(("Peop",))))
    text = tmp_path / "in.txt"
    text.write_text("In Rome.", encoding="utf8")
    assert "--entities FILE" in refusal(GivenDocs(str(text), "gold", LABELS))


def test_standard_input_is_read_once_and_faults_come_at_the_end(tmp_path, monkeypatch):
    file = tmp_path / "entities.jsonl"
    file.write_text('{"entities": [{"start": 3, "end": 7, "label": "Loc"}]}\n{}\n', encoding="utf8")
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b"In Rome.\nIn Oslo.\n")))
    docs = iter(GivenDocs("-", str(file), LABELS))
    assert surfaces(next(docs)) == [("Rome", "Loc")]
    with pytest.raises(DataError, match="there is no 'entities'"):
        next(docs)
