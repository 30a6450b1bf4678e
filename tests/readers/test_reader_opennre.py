"""The JSON of OpenNRE: one pair of entities per line."""

import json
from pathlib import Path
from typing import Any

import pytest

from jointre.data.doc import Doc, Entity, Relation
from jointre.errors import DataError
from jointre.readers.opennre import OpenNREReader

WORDS = ["Ann", "Lee", "left", "Rome", "for", "Oslo", "."]
TEXT = "Ann Lee left Rome for Oslo."


def line(head: tuple[int, int], tail: tuple[int, int], label: str | None, **rest: Any) -> dict[str, Any]:
    base: dict[str, Any] = {"token": WORDS, "h": {"pos": list(head)}, "t": {"pos": list(tail)}}
    return {**base, **({} if label is None else {"relation": label}), **rest}


def reader(folder: Path, *lines: Any, **options: Any) -> OpenNREReader:
    path = folder / "a.jsonl"
    path.write_text("".join(f"{json.dumps(record)}\n" for record in lines), encoding="utf-8")
    return OpenNREReader(str(path), **options)


def test_lines_of_one_sentence_are_one_document(tmp_path: Path) -> None:
    lines = [
        line((0, 2), (3, 4), "left", split=1, page=4),
        line((0, 1), (1, 2), "R", token=["Bob", "Hall"]),
        line((0, 2), (3, 4), "born_in", split=1, page=5),
        line((0, 2), (5, 6), "NA", split=1),
    ]
    assert list(reader(tmp_path, *lines)) == [
        Doc(
            WORDS,
            [Entity(0, 2, "Entity"), Entity(3, 4, "Entity"), Entity(5, 6, "Entity")],
            [Relation(0, 1, "left"), Relation(0, 1, "born_in")],
            id="a.jsonl:1",
            meta={"split": 1},
        ),
        Doc(
            ["Bob", "Hall"],
            [Entity(0, 1, "Entity"), Entity(1, 2, "Entity")],
            [Relation(0, 1, "R")],
            id="a.jsonl:2",
        ),
    ]
    single = list(reader(tmp_path, *lines, merge=False))
    assert [(doc.id, len(doc.entities), len(doc.relations)) for doc in single] == [
        ("a.jsonl:1", 2, 1),
        ("a.jsonl:2", 2, 1),
        ("a.jsonl:3", 2, 1),
        ("a.jsonl:4", 2, 0),
    ]
    assert single[2].meta == {"split": 1, "page": 5}


def test_characters_of_a_text(tmp_path: Path) -> None:
    read = reader(
        tmp_path,
        {
            "text": TEXT,
            "h": {"id": "m1", "name": "ann_lee", "pos": [0, 8]},
            "t": {"id": "m2", "name": "Oslo", "pos": [22, 26]},
            "relation": "R",
        },
        {"text": TEXT, "h": {"pos": [13, 17], "name": "Oslo"}, "t": {"pos": [22, 26], "id": "m3"}},
    )
    (doc,) = read
    assert (doc.text, doc.words) == (TEXT, WORDS)
    assert [doc.surface(entity) for entity in doc.entities] == ["Ann Lee", "Oslo", "Rome"]
    assert doc.relations == [Relation(0, 1, "R")]
    assert doc.meta == {"entity_ids": ["m1", "m2", None]}
    assert [notice.split(" (")[0] for notice in read.notices] == [
        "entities with blanks at an end, trimmed: 1",
        "arguments whose name differs from the text at their position, which is used: 1",
        "records without 'relation', read without a relation: 1",
        "spans with a second id, of which the first is kept: 1",
    ]


def test_no_relation_under_another_name(tmp_path: Path) -> None:
    lines = [line((0, 2), (3, 4), "Other"), line((0, 2), (5, 6), "R"), line((0, 2), (5, 6), "R")]
    read = reader(tmp_path, *lines)
    assert [[r.label for r in doc.relations] for doc in read] == [["Other", "R"]]
    assert read.notices[0].startswith("relations named 'Other': if that means none, set no_relation to it: 1")
    assert read.notices[1].startswith("duplicate relations, kept once: 1")
    read = reader(tmp_path, *lines, no_relation="Other")
    assert [[r.label for r in doc.relations] for doc in read] == [["R"]]
    assert read.notices[0].startswith("pairs with the label 'Other', entities kept, no relation: 1")


FAULTY = [
    (line((0, 2), (3, 9), "R"), "'t': 3 to 9 (exclusive) is not a span of the 7 words"),
    (line((2, 2), (3, 4), "R"), "'h': 2 to 2 (exclusive) is not a span of the 7 words"),
    (line((0, 2), (0, 2), "R"), "relation 'R' of an entity to itself"),
    (line((0, 2), (3, 4), "R", text=TEXT), "a record has either 'token' or 'text'"),
    (line((0, 2), (3, 4), "R", token="Ann"), "'token' is not a list of words"),
    (line((0, 2), (3, 4), "R", h=None), "'h' is null, not an object"),
    (line((0, 2), (3, 4), "R", h={"pos": [0, "2"]}), "'h': 'pos' is not [start, end]"),
    (line((0, 2), (3, 4), " "), "'relation' is empty"),
    (line((0, 2), (3, 4), "R", relation=3), "'relation' is the number 3, not a string"),
    ({"text": " a", "h": {"pos": [0, 1]}, "t": {"pos": [1, 2]}}, "'h': 0 to 1 contains only blanks"),
]


def test_faults_name_the_line_all_at_once(tmp_path: Path) -> None:
    with pytest.raises(DataError) as error:
        list(reader(tmp_path, *(record for record, _ in FAULTY), 3))
    faults = {int(fault.where.rsplit(":", 1)[1]): fault.what for fault in reversed(error.value.faults)}
    assert sorted(faults) == list(range(1, len(FAULTY) + 2))
    for number, (_, what) in enumerate(FAULTY, 1):
        assert faults[number].startswith(what)


def test_one_wrong_value_is_one_fault(tmp_path: Path) -> None:
    with pytest.raises(DataError) as error:
        list(reader(tmp_path, line((0, 2), (3, 4), "R", t=[3, 4])))
    assert [fault.what for fault in error.value.faults] == ["'t' is a list, not an object"]


def test_repair_leaves_out_invalid_records(tmp_path: Path) -> None:
    sound = line((0, 2), (3, 4), "R")
    read = reader(tmp_path, *(record for record, _ in FAULTY), sound, repair=True)
    assert [doc.id for doc in read] == [f"a.jsonl:{len(FAULTY) + 1}"]
    assert {repair.where.rsplit(":", 1)[1] for repair in read.repairs} == {
        str(number) for number in range(1, len(FAULTY) + 1)
    }
