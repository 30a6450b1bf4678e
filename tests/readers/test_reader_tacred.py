"""The JSON of TACRED, on records written in its format, because the corpus needs a licence."""

import json
from pathlib import Path
from typing import Any

import pytest

from jointre.data.doc import Doc, Entity, Relation
from jointre.errors import DataError
from jointre.readers.open import open_data
from jointre.readers.tacred import TacredReader

RECORD: dict[str, Any] = {
    "id": "e1",
    "docid": "news_7",
    "relation": "per:employee_of",
    "token": ["Acme", "hired", "Ann", "Lee", "in", "Rome", "."],
    "subj_start": 2,
    "subj_end": 3,
    "obj_start": 0,
    "obj_end": 0,
    "subj_type": "PERSON",
    "obj_type": "ORGANIZATION",
    "stanford_pos": ["NNP", "VBD", "NNP", "NNP", "IN", "NNP", "."],
}
CITY = {**RECORD, "id": "e2", "relation": "no_relation", "obj_start": 5, "obj_end": 5, "obj_type": "CITY"}


def reader(folder: Path, *records: Any, **options: Any) -> TacredReader:
    path = folder / "a.json"
    path.write_text(json.dumps(records), encoding="utf-8")
    return TacredReader(str(path), **options)


def test_subject_object_and_no_relation(tmp_path: Path) -> None:
    read = reader(tmp_path, RECORD, CITY)
    meta = {key: RECORD[key] for key in ("docid", "stanford_pos")}
    person = Entity(2, 4, "PERSON")
    assert list(read) == [
        Doc(
            RECORD["token"],
            [person, Entity(0, 1, "ORGANIZATION")],
            [Relation(0, 1, "per:employee_of")],
            id="e1",
            meta=meta,
        ),
        Doc(RECORD["token"], [person, Entity(5, 6, "CITY")], [], id="e2", meta=meta),
    ]
    assert [notice.split(" (")[0] for notice in read.notices] == [
        "pairs with the label 'no_relation', entities kept, no relation: 1"
    ]


def test_records_of_one_sentence_can_be_one_document(tmp_path: Path) -> None:
    (doc,) = reader(tmp_path, RECORD, CITY, merge=True)
    assert (doc.id, len(doc.entities), doc.relations) == ("e1", 3, [Relation(0, 1, "per:employee_of")])


def test_two_types_on_one_span_are_two_entities(tmp_path: Path) -> None:
    (doc,) = reader(tmp_path, {**RECORD, "obj_start": 2, "obj_end": 3, "obj_type": "TITLE"})
    assert doc.entities == [Entity(2, 4, "PERSON"), Entity(2, 4, "TITLE")]


def test_words_under_another_key_and_entities_without_a_type(tmp_path: Path) -> None:
    bare = {key: item for key, item in RECORD.items() if key not in ("token", "subj_type")}
    read = reader(tmp_path, {**bare, "tokens": RECORD["token"], "ner_tags": ["B-X"] * 7})
    (doc,) = open_data(str(tmp_path / "a.json"))
    assert [doc] == list(read)
    assert doc.entities == [Entity(2, 4, "Entity"), Entity(0, 1, "ORGANIZATION")]
    assert (doc.words, doc.relations) == (RECORD["token"], [Relation(0, 1, "per:employee_of")])
    assert [notice.split(" (")[0] for notice in read.notices] == [
        "entities without a type, read as 'Entity': 1",
        "records with 'ner_tags'",
    ]


FAULTY = [
    ({**RECORD, "tokens": RECORD["token"]}, "a record has either 'token' or 'tokens'"),
    ({**RECORD, "subj_end": 7}, "subj: 2 to 8 (exclusive) is not a span of the 7 words"),
    ({**RECORD, "obj_start": 1}, "obj: 1 to 1 (exclusive) is not a span of the 7 words"),
    ({**RECORD, "obj_start": "1"}, "'obj_start' is a string, not a whole number"),
    ({**RECORD, "subj_type": None}, "'subj_type' is null, not a string"),
    ({**RECORD, "token": []}, "'token' is not a list of words"),
    (
        {**RECORD, "obj_start": 2, "obj_end": 3, "obj_type": "PERSON"},
        "relation 'per:employee_of' of an entity",
    ),
]


def test_faults_name_the_record_all_at_once(tmp_path: Path) -> None:
    with pytest.raises(DataError) as error:
        list(reader(tmp_path, *(record for record, _ in FAULTY), "x"))
    assert len(error.value.faults) == len(FAULTY) + 1
    for number, (fault, (_, what)) in enumerate(zip(error.value.faults, FAULTY, strict=False)):
        assert fault.where == f"{tmp_path / 'a.json'}[{number}]"
        assert fault.what.startswith(what)


def test_repair_leaves_out_invalid_records(tmp_path: Path) -> None:
    read = reader(tmp_path, *(record for record, _ in FAULTY), CITY, repair=True)
    assert [doc.id for doc in read] == ["e2"]
    assert len(read.repairs) == len(FAULTY)
