"""doccano's JSONL with relations."""

import json
from pathlib import Path
from typing import Any

import pytest

from jointre.data.doc import Relation
from jointre.errors import DataError
from jointre.readers.doccano import DoccanoReader
from jointre.readers.open import open_data
from jointre.readers.recognise import recognise


def entity(name: Any, start: Any, end: Any, label: Any = "X") -> dict[str, Any]:
    return {"id": name, "label": label, "start_offset": start, "end_offset": end}


TEXT = "Mia Berg left Kiel."
ENTITIES = [entity(31, 0, 8, "PER"), entity(44, 14, 18, "LOC")]
LEFT = {"id": 9, "from_id": 31, "to_id": 44, "type": "left"}
RECORD: dict[str, Any] = {
    "id": 3,
    "text": TEXT,
    "entities": ENTITIES,
    "relations": [LEFT],
    "Comments": ["?"],
}


def reader(folder: Path, *records: Any) -> DoccanoReader:
    path = folder / "a.jsonl"
    path.write_text("".join(f"{json.dumps(record)}\n" for record in records), encoding="utf-8")
    return DoccanoReader(str(path))


def test_entities_and_relations_by_id(tmp_path: Path) -> None:
    read = reader(tmp_path, RECORD, {"text": "", "entities": [], "relations": []})
    doc, empty = read
    assert [(doc.surface(e), e.label) for e in doc.entities] == [("Mia Berg", "PER"), ("Kiel", "LOC")]
    assert doc.relations == [Relation(0, 1, "left")]
    assert (doc.id, doc.text, doc.split, doc.meta) == ("3", TEXT, True, {"Comments": ["?"]})
    assert empty.words == [] and read.notices == [f"documents without words: 1 (first in {read.path}:2)"]


@pytest.mark.parametrize("first", [{"text": "It rains."}, {"text": "", "entities": [], "relations": []}])
def test_it_is_recognised_by_the_first_record_with_an_entity(tmp_path: Path, first: Any) -> None:
    path = reader(tmp_path, first, RECORD).path
    assert path is not None and recognise(Path(path)) is DoccanoReader


@pytest.mark.parametrize(
    "record",
    [
        {"text": TEXT, "label": [[0, 8, "PER"], [14, 18, "LOC"]]},
        {"text": TEXT, "labels": [[0, 8, "PER"], [14, 18, "LOC"]], "relations": []},
        {"data": TEXT, "label": [[0, 8, "PER"], [14, 18, "LOC"]]},
        {"text": TEXT, "annotations": ENTITIES, "annotation_approver": None},
    ],
)
def test_projects_without_relations_and_older_versions(tmp_path: Path, record: Any) -> None:
    path = reader(tmp_path, {"text": "It rains.", "label": []}, record).path
    read = open_data(str(path))
    assert isinstance(read, DoccanoReader)
    _, doc = read
    assert [(doc.surface(e), e.label) for e in doc.entities] == [("Mia Berg", "PER"), ("Kiel", "LOC")]
    assert doc.text == TEXT and not {"label", "labels", "data", "annotations"} & doc.meta.keys()


def test_other_annotation_next_to_spans_is_counted(tmp_path: Path) -> None:
    read = reader(tmp_path, {"text": TEXT, "label": [[0, 8, "PER"]], "spans": [{"start": 0, "label": "X"}]})
    assert len(list(read)) == 1
    assert read.notices == [f"records with 'spans' (Prodigy or spaCy), not used: 1 (first in {read.path}:1)"]
    with pytest.raises(DataError, match="annotation that is not read: 'rels'"):
        list(reader(tmp_path, {"text": TEXT, "label": [[0, 8, "PER"]], "rels": [{"h": 0, "t": 1}]}))


FAULTY: list[tuple[Any, str]] = [
    ({**RECORD, "entities": [*ENTITIES, entity(5, 14, 20)]}, "entity 2: 14 to 20 (exclusive) is not a span"),
    ({**RECORD, "entities": [*ENTITIES, entity(5, 8, 9)]}, "entity 2: 8 to 9 contains only blanks"),
    ({**RECORD, "entities": [*ENTITIES, entity(44, 0, 3)]}, "entity 2: its id 44 is also that of an entity"),
    ({**RECORD, "entities": [*ENTITIES, entity(5, "0", 3)]}, "entity 2: 'start_offset' is a string"),
    ({**RECORD, "entities": [*ENTITIES, entity(5, 0, 3, None)]}, "entity 2: 'label' is null, not a string"),
    ({**RECORD, "entities": [*ENTITIES, entity([5], 0, 3)]}, "entity 2: 'id' is neither a string nor"),
    ({**RECORD, "relations": [{**LEFT, "to_id": 1}]}, "relation 0: there is no entity 1"),
    ({**RECORD, "relations": [{**LEFT, "to_id": 31}]}, "relation 0: it relates entity 31 to itself"),
    ({**RECORD, "relations": [{**LEFT, "type": " "}]}, "relation 0: 'type' is empty"),
    ({**RECORD, "relations": [3]}, "relation 0 is the number 3, not an object"),
    ({**RECORD, "text": None, "entities": [], "relations": []}, "'text' is null, not a string"),
    ("x", "a record is a string, not an object"),
    ({"text": TEXT, "label": [[0, 8, "PER"], [0, 99, "PER"]]}, "label 1: 0 to 99 (exclusive) is not a span"),
    ({"text": TEXT, "label": [[0, 8]]}, "label 0: [0, 8] is not a labelled span"),
    ({"text": TEXT, "label": [[0, 8, " "]]}, "label 0: [0, 8, ' '] is not a labelled span"),
    ({"text": TEXT, "labels": "PER"}, "'labels' is a string, not a list"),
    (
        {"text": TEXT, "annotations": [{**ENTITIES[0], "label": 3}]},
        "annotation 0: 'label' is 3, the number of",
    ),
    (
        {"text": TEXT, "annotations": [{"label": "X", "start_offset": "0", "end_offset": 8}]},
        "annotation 0: 'start_offset' is a string",
    ),
]


def test_faults_name_the_record_all_at_once(tmp_path: Path) -> None:
    with pytest.raises(DataError) as error:
        list(reader(tmp_path, *(record for record, _ in FAULTY)))
    assert len(error.value.faults) == len(FAULTY)
    for number, (fault, (_, what)) in enumerate(zip(error.value.faults, FAULTY, strict=True), 1):
        assert fault.where == f"{tmp_path / 'a.jsonl'}:{number}"
        assert fault.what.startswith(what)


def test_equal_entities_are_one_and_cannot_be_related(tmp_path: Path) -> None:
    twice = [*ENTITIES, entity(50, 14, 18, "LOC")]
    read = reader(tmp_path, {**RECORD, "entities": twice, "relations": [{**LEFT, "to_id": 50}]})
    (doc,) = read
    assert (len(doc.entities), doc.relations) == (2, [Relation(0, 1, "left")])
    assert "duplicate entities, kept once: 1" in read.notices[0]
    with pytest.raises(DataError, match="relates an entity to itself"):
        list(reader(tmp_path, {**RECORD, "entities": twice, "relations": [{**LEFT, "from_id": 50}]}))
