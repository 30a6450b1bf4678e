"""A document as a dictionary, the characters of its entities, and the evidence of its relations."""

import json
from dataclasses import replace

import pytest

from jointre.data.doc import Doc, Entity, Relation
from jointre.data.raw_text import doc_from_text
from jointre.errors import DataError

TEXT = "Ida came. She took a Berlinreise, then rested in Oslo."


def paragraph() -> Doc:
    """A text of two sentences with an entity inside a word, a relation in one of them, and one between both."""
    spans = [Entity(0, 3, "Per", 0.75), Entity(21, 27, "Loc", 0.5), Entity(49, 53, "Loc")]
    links = [Relation(0, 1, "visits", 0.25), Relation(2, 1, "far_from")]
    doc = doc_from_text(TEXT, spans, links, id="a.txt:1", meta={"line": 1, "more": {"keys": [1]}})
    return replace(doc, sentences=[(0, 3), (3, len(doc.words))])


def words() -> Doc:
    return Doc(
        ["Ida", "came", ".", "She", "slept"],
        [Entity(0, 1, "Per"), Entity(3, 5, "Act")],
        [Relation(1, 0, "by")],
    )


def test_entities_know_their_characters() -> None:
    doc = paragraph()
    assert [(e.start_char, e.end_char) for e in doc.entities] == [(0, 3), (21, 27), (49, 53)]
    assert [doc.surface(e) for e in doc.entities] == ["Ida", "Berlin", "Oslo"]
    assert [(e.start, e.end) for e in doc.entities] == [(0, 1), (6, 7), (11, 12)]


def test_entities_without_a_text_have_no_characters() -> None:
    alone = Entity(0, 1, "X")
    assert alone.start_char is alone.end_char is None
    assert [(e.start_char, e.end_char) for e in words().entities] == [(None, None)] * 2
    doc = Doc(["Ida"], [alone], text="Ida", offsets=[(0, 3)])
    assert doc.entities == [alone] and doc.entities[0].end_char == 3
    assert replace(doc, text=None, offsets=None).entities[0].end_char is None


def test_characters_follow_the_words() -> None:
    doc = paragraph()
    first = doc.entities[0]
    assert first.start_char == 0
    (moved,) = replace(doc, entities=[replace(first, start=3, end=4)], relations=[]).entities
    assert (moved.start_char, moved.end_char) == (10, 13)


def test_a_dictionary_is_the_standard_form_and_reads_back() -> None:
    doc = paragraph()
    record = doc.to_dict()
    assert record == {
        "id": "a.txt:1",
        "text": TEXT,
        "sentences": [[0, 9], [10, 54]],
        "entities": [
            {"start": 0, "end": 3, "label": "Per", "text": "Ida", "score": 0.75},
            {"start": 21, "end": 27, "label": "Loc", "text": "Berlin", "score": 0.5},
            {"start": 49, "end": 53, "label": "Loc", "text": "Oslo"},
        ],
        "relations": [
            {"head": 0, "tail": 1, "label": "visits", "evidence": [0, 54], "score": 0.25},
            {"head": 2, "tail": 1, "label": "far_from", "evidence": [10, 54]},
        ],
        "line": 1,
        "more": {"keys": [1]},
    }
    assert json.loads(json.dumps(record)) == record
    again = Doc.from_dict(record)
    assert again == doc and again.to_dict() == record
    assert [e.start_char for e in again.entities] == [0, 21, 49]


def test_a_dictionary_of_words_counts_words() -> None:
    doc = replace(words(), sentences=[(0, 3), (3, 5)])
    record = doc.to_dict()
    assert record["tokens"] == doc.words and "id" not in record and "text" not in record
    assert record["sentences"] == [[0, 3], [3, 5]]
    assert record["relations"] == [{"head": 1, "tail": 0, "label": "by", "evidence": [0, 5]}]
    assert Doc.from_dict(record) == doc


def test_a_faulty_dictionary_is_refused_with_all_faults() -> None:
    record = {
        "text": "Ida",
        "entities": [{"start": 0, "end": 9, "label": "X"}, {"start": 0, "end": 3}],
        "relations": [{"head": 0, "tail": 5, "label": "r"}],
    }
    with pytest.raises(DataError, match="the record cannot be used") as caught:
        Doc.from_dict(record)
    found = "\n".join(fault.what for fault in caught.value.faults)
    assert len(caught.value.faults) == 3
    for part in ("outside the 3 characters", "has no 'label'", "relation 0"):
        assert part in found
    for wrong in ({}, {"text": "a", "tokens": ["a"]}, {"text": 3}):
        with pytest.raises(DataError):
            Doc.from_dict(wrong)


def test_a_document_whose_words_are_not_in_its_text_is_not_written() -> None:
    with pytest.raises(DataError, match="cannot be written"):
        Doc(["a", "b"], text="a b", offsets=[(0, 1)], id="x").to_dict()


def test_evidence_reaches_from_the_first_argument_to_the_last() -> None:
    doc = paragraph()
    assert [TEXT[slice(*(doc.evidence(r) or (0, 0)))] for r in doc.relations] == [TEXT, TEXT[10:]]
    of_words = replace(words(), sentences=[(0, 3), (3, 5)])
    assert of_words.evidence(of_words.relations[0]) == (0, 5)
    assert words().evidence(Relation(1, 0, "by")) is None
    assert replace(of_words, entities=of_words.entities[::-1]).evidence(Relation(0, 0, "by")) == (3, 5)


def test_repairs_of_a_dictionary_are_said() -> None:
    entity = {"start": 0, "end": 1, "label": "X"}
    with pytest.warns(UserWarning, match="duplicate entities, kept once: 1"):
        doc = Doc.from_dict({"tokens": ["a"], "entities": [entity, entity]})
    assert len(doc.entities) == 1
