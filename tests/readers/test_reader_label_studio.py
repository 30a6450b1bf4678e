"""Label Studio's JSON export."""

import json
from pathlib import Path
from typing import Any

import pytest

from jointre.data.doc import Entity, Relation
from jointre.errors import DataError
from jointre.readers.label_studio import LabelStudioReader
from jointre.readers.recognise import recognise

TEXT = "Mia Berg left Kiel."


def region(name: Any, start: Any, end: Any, *labels: Any, **value: Any) -> dict[str, Any]:
    return {"id": name, "type": "labels", "value": {"start": start, "end": end, "labels": labels, **value}}


REGIONS = [region("a", 0, 8, "PER", text="Mia Berg"), region("b", 14, 18, "LOC", text="Kiel")]
LEFT = {"type": "relation", "from_id": "a", "to_id": "b", "direction": "right", "labels": ["left"]}


def task(*results: Any, **keys: Any) -> dict[str, Any]:
    return {"id": 4, "data": {"text": TEXT, "source": "s"}, "annotations": [{"result": results}], **keys}


def reader(folder: Path, *tasks: Any, **options: Any) -> LabelStudioReader:
    path = folder / "a.json"
    path.write_text(json.dumps(tasks), encoding="utf-8")
    return LabelStudioReader(str(path), **options)


def test_regions_and_relations(tmp_path: Path) -> None:
    read = reader(tmp_path, task(LEFT, *REGIONS))
    (doc,) = read
    assert doc.entities == [Entity(0, 2, "PER"), Entity(3, 4, "LOC")]
    assert doc.relations == [Relation(0, 1, "left")]
    assert (doc.id, doc.text, doc.meta) == ("4", TEXT, {"source": "s"})
    assert read.notices == [] and read.path is not None
    assert recognise(Path(read.path)) is LabelStudioReader


@pytest.mark.parametrize(
    ("direction", "ends"), [("right", [(0, 1)]), ("left", [(1, 0)]), ("bi", [(0, 1), (1, 0)])]
)
def test_directions(tmp_path: Path, direction: str, ends: list[tuple[int, int]]) -> None:
    (doc,) = reader(tmp_path, task(*REGIONS, {**LEFT, "direction": direction}))
    assert [(relation.head, relation.tail) for relation in doc.relations] == ends


def test_several_labels_and_the_only_string(tmp_path: Path) -> None:
    first = region("a", 0, 8, "PER", "STAR")
    (doc,) = reader(tmp_path, task(first, REGIONS[1], LEFT, data={"body": TEXT, "n": 3}))
    assert [entity.label for entity in doc.entities] == ["PER", "STAR", "LOC"]
    assert (doc.relations, doc.meta) == ([Relation(0, 2, "left")], {"n": 3})


def test_the_first_annotation_that_was_not_cancelled_is_read(tmp_path: Path) -> None:
    cancelled = {"was_cancelled": True, "result": [REGIONS[0]]}
    many = [cancelled, {"result": [REGIONS[1]]}, {"result": REGIONS}, {"result": []}]
    read = reader(tmp_path, task(annotations=many), task(annotations=[cancelled]), task(annotations=[]))
    assert [[entity.label for entity in doc.entities] for doc in read] == [["LOC"]]
    assert read.notices == [
        f"annotations of a task after its first, not used: 2 (first in {read.path}[0])",
        f"tasks without an annotation that counts, left out: 2 (first in {read.path}[1])",
    ]


def test_results_of_other_types_are_counted(tmp_path: Path) -> None:
    read = reader(tmp_path, task(*REGIONS, {"type": "choices", "value": {"choices": ["good"]}}))
    assert len(list(read)) == 1
    assert read.notices == [f"results of the type 'choices', not used: 1 (first in {read.path}[0])"]


def test_a_relation_without_a_label(tmp_path: Path) -> None:
    bare = task(*REGIONS, {**LEFT, "labels": []})
    with pytest.raises(
        DataError, match=r"result 2, a relation from 'a' to 'b', has no label\n.*repair = true"
    ):
        list(reader(tmp_path, bare))
    read = reader(tmp_path, bare, repair=True)
    assert [doc.relations for doc in read] == [[]]
    assert [fault.where for fault in read.repairs] == [f"{read.path}[0]"]


FAULTY: list[tuple[Any, str]] = [
    (task(region("a", 14, 30, "LOC")), "result 0: 14 to 30 (exclusive) is not a span of the 19 characters"),
    (task(region("a", 14, 18, "LOC", text="Bonn")), "result 0: it quotes 'Bonn', but 14 to 18 is 'Kiel'"),
    (task(region("a", "14", 18, "LOC")), "result 0: 'start' is a string, not a whole number"),
    (task(region("a", 14, 18)), "result 0: 'labels' is not a list of names"),
    (task(region("a", 14, 18, " ")), "result 0: 'labels' is not a list of names"),
    (task(*REGIONS, region("a", 0, 3, "PER")), "result 2: its id 'a' is also that of an entity"),
    (task(*REGIONS, {**LEFT, "to_id": "c"}), "result 2: there is no entity 'c'"),
    (task(*REGIONS, {**LEFT, "to_id": "a"}), "result 2: it relates entity 'a' to itself"),
    (task(*REGIONS, {**LEFT, "direction": "up"}), "result 2: 'direction' is 'up'"),
    (task(*REGIONS, 3), "result 2 is the number 3, not an object"),
    (task(annotations=[3]), "annotation 0 is the number 3, not an object"),
    (task(data=[]), "'data' is a list, not an object"),
    (task(data={"a": "x", "b": "y"}), "'data': 'text' is null, not a string"),
    ("x", "a record is a string, not an object"),
]


def test_faults_name_the_task_all_at_once(tmp_path: Path) -> None:
    with pytest.raises(DataError) as error:
        list(reader(tmp_path, *(record for record, _ in FAULTY)))
    first: dict[Any, str] = {}
    for fault in error.value.faults:
        first.setdefault(fault.place.record, fault.what)
    for number, (_, what) in enumerate(FAULTY):
        assert first[number].startswith(what)


ONCE: list[tuple[Any, str]] = [
    (
        task(*REGIONS, {**REGIONS[0], "id": "c", "value": [0, 8]}),
        "result 2: 'value' is a list, not an object",
    ),
    (task({**REGIONS[0], "value": None}, REGIONS[1], LEFT), "result 0: 'value' is null, not an object"),
    (task(region("a", "0", 8, "PER", text="Mia Berg"), REGIONS[1], LEFT), "result 0: 'start' is a string"),
    (task(data=[]), "'data' is a list, not an object"),
]


@pytest.mark.parametrize(("record", "what"), ONCE)
def test_one_wrong_value_is_one_fault(tmp_path: Path, record: Any, what: str) -> None:
    with pytest.raises(DataError) as error:
        list(reader(tmp_path, record))
    [fault] = error.value.faults
    assert fault.what.startswith(what)
