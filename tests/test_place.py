"""How places are shown, and that they are never parsed."""

import pytest

from jointre.errors import Fault, UsageError
from jointre.place import Place, listed


@pytest.mark.parametrize(
    ("place", "text"),
    [
        (Place(), ""),
        (Place("a.cfg"), "a.cfg"),
        (Place("a.cfg", 3), "a.cfg:3"),
        (Place("a.json", 3, 17), "a.json:3:17"),
        (Place("a.json", record=2), "a.json[2]"),
        (Place("a.json", 5, record=2), "a.json[2] (line 5)"),
        (Place("a.cfg", 3, section=("model", "view")), "a.cfg:3 [model.view]"),
        (Place("a.cfg", 3, section=("paths",), key="train"), "a.cfg:3 [paths] train"),
        (Place(section=("paths",), key="train"), "[paths] train"),
        (Place("a.jsonl", 3, item="word 5"), "a.jsonl:3: word 5"),
    ],
)
def test_a_place_is_shown(place, text):
    assert str(place) == text and bool(place) == bool(text)


def test_a_document_is_named_by_file_and_record_without_folders():
    assert Place("/data/a.jsonl", 3).name() == "a.jsonl:3"
    assert Place("/data/a.json", 7, record=2).name() == "a.json[2]"
    assert str(Place("/data/a.json", 7, record=2).brief()) == "a.json[2] (line 7)"


def test_only_lines_and_records_of_one_file_are_listed_by_number():
    assert (
        listed([Place("a", 1), Place("a", 2), Place("b", 2), Place("b", 3)], 3) == "a:1, 2, b:2, and 1 more"
    )
    assert listed([Place("a", 1, item="word 1"), Place("a", 2)], 5) == "a:1: word 1, a:2"
    assert listed([Place("a", 1), Place("a:2")], 5) == "a:1, a:2"


def test_a_string_is_a_place_that_is_not_parsed():
    fault = Fault("is bad", "a.jsonl:3")
    assert fault.place == Place("a.jsonl:3") and fault.where == str(fault)[:9] == "a.jsonl:3"
    assert Fault("is bad", Place("a.jsonl", 3)) != fault
    lines = str(UsageError("refused", [fault, Fault("is bad", "a.jsonl:4")])).splitlines()
    assert lines[1:] == ["  - a.jsonl:3: is bad", "  - a.jsonl:4: is bad"]


def test_a_fault_keeps_everything_but_its_place():
    fault = Fault.of_item("entity", 3, " is empty", Place("a", 1), "remove it")
    moved = fault.at("b")
    assert (moved.what, moved.where, moved.remedy, moved.kind) == (
        "entity 3 is empty",
        "b",
        "remove it",
        "entity N is empty",
    )
