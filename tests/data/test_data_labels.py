"""Types files of both forms, and the canonical order of symmetric relations."""

import json
from pathlib import Path
from typing import Any

import pytest

from jointre.data.doc import Doc, Entity, Relation
from jointre.data.labels import Labels, load_types
from jointre.errors import DataError

LABELS = Labels(("Task", "Method"), ("Used", "Compare"), frozenset({"Compare"}))


def save(tmp_path: Path, data: Any) -> Path:
    path = tmp_path / "types.json"
    path.write_text(data if isinstance(data, str) else json.dumps(data), encoding="utf-8")
    return path


def test_labels_json_goes_round(tmp_path: Path) -> None:
    assert load_types(save(tmp_path, LABELS.to_json())) == LABELS
    assert Labels.from_json(LABELS.to_json()) == LABELS


def test_spert_types_keep_file_order_and_symmetry(tmp_path: Path) -> None:
    data = {
        "entities": {"Task": {"short": "T"}, "Method": {"short": "M"}},
        "relations": {"Used": {"symmetric": False}, "Compare": {"symmetric": True}},
    }
    assert load_types(str(save(tmp_path, data))) == LABELS


def test_no_relations(tmp_path: Path) -> None:
    assert load_types(save(tmp_path, {"entities": ["A"], "relations": []})) == Labels(("A",))


@pytest.mark.parametrize(
    ("data", "messages"),
    [
        ([], ["no object or list 'entities'", "no object or list 'relations'"]),
        ({"entities": ["A"]}, ["no object or list 'relations'"]),
        ({"entities": [], "relations": []}, ["no entity types"]),
        ({"entities": ["A", "A", "", 3], "relations": []}, ["is listed twice", "''", "3 is not the name"]),
        ({"entities": ["A"], "relations": {"R": {}}}, ["'R' does not say whether it is symmetric"]),
        ({"entities": ["A"], "relations": ["R"]}, ["'R' does not say whether it is symmetric"]),
        ({"entities": ["A"], "relations": {"R": {"symmetric": "no"}, "S": {}}}, ["symmetric is 'no'", "'S'"]),
        ({"entities": ["A"], "relations": [{"symmetric": True}]}, ["None is not the name"]),
        ('{"entities": {"A": {}, "A": {}}, "relations": {}}', ["'A' occurs twice"]),
        ('{"entities": ["A"],\n "relations": [}', ["broken JSON", "types.json:2:16"]),
        ('{"entities": NaN}', ["NaN is not JSON"]),
        ("", ["broken JSON"]),
    ],
)
def test_faulty_types_files_say_everything(tmp_path: Path, data: Any, messages: list[str]) -> None:
    path = save(tmp_path, data)
    with pytest.raises(DataError) as error:
        load_types(path)
    for message in messages:
        assert message in str(error.value)
    assert str(path) in str(error.value)
    if not isinstance(data, str):
        assert len(error.value.faults) == len(messages)


def test_a_missing_types_file_names_a_near_one(tmp_path: Path) -> None:
    save(tmp_path, {})
    with pytest.raises(DataError, match=r"did you mean 'types\.json'"):
        load_types(tmp_path / "type.json")


def test_canonical_puts_the_earlier_entity_first() -> None:
    doc = Doc(
        ["a", "b"],
        [Entity(1, 2, "Task"), Entity(0, 1, "Task")],
        [Relation(0, 1, "Compare"), Relation(1, 0, "Compare"), Relation(0, 1, "Used")],
    )
    assert LABELS.canonical(doc).relations == [Relation(1, 0, "Compare"), Relation(0, 1, "Used")]
    assert Labels(("Task",), ("Used",)).canonical(doc) is doc


def test_canonical_orders_nested_entities_of_one_start_by_their_end() -> None:
    """As the prediction is ordered; else what is found could never be right."""
    doc = Doc(["a", "b"], [Entity(0, 2, "Task"), Entity(0, 1, "Task")], [Relation(0, 1, "Compare")])
    assert LABELS.canonical(doc).relations == [Relation(1, 0, "Compare")]


def test_from_docs_sorts() -> None:
    doc = Doc(["a", "b"], [Entity(0, 1, "B"), Entity(1, 2, "A")], [Relation(0, 1, "R")])
    assert Labels.from_docs([doc], ["R", "S"]) == Labels(("A", "B"), ("R",), frozenset({"R"}))
