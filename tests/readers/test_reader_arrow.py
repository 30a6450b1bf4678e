"""Rows of Parquet and Arrow are the records of the JSON formats."""

import json
from pathlib import Path
from typing import Any

import pyarrow
import pytest
from pyarrow import parquet

from jointre.errors import DataError
from jointre.readers.arrow_rows import arrow_rows
from jointre.readers.jsonl import JsonlReader
from jointre.readers.open import open_data, read_input
from jointre.readers.tags_json import TagsJsonReader

TEXT = "Mia Berg left Kiel."
ENTITIES = [{"start": 0, "end": 8, "label": "PER"}, {"start": 14, "end": 18, "label": "LOC"}]
LEFT = {"head": 0, "tail": 1, "label": "left"}
ROWS: list[dict[str, Any]] = [
    {"text": TEXT, "entities": [{**ENTITIES[0], "text": "Mia Berg"}, ENTITIES[1]], "relations": [LEFT]},
    {"text": "It rained.", "entities": None, "relations": []},
]


def table(rows: list[dict[str, Any]], features: Any = None) -> pyarrow.Table:
    made = pyarrow.Table.from_pylist(rows)
    info = {"huggingface": json.dumps({"info": {"features": features}})}
    return made.replace_schema_metadata(info) if features else made


def to_parquet(path: Path, rows: list[dict[str, Any]], features: Any = None) -> str:
    parquet.write_table(table(rows, features), path)
    return str(path)


def to_folder(folder: Path, rows: list[dict[str, Any]], features: Any = None) -> str:
    """A folder as ``save_to_disk`` writes it."""
    folder.mkdir(parents=True)
    for name in ("state.json", "dataset_info.json"):
        (folder / name).write_text("{}", encoding="utf-8")
    made = table(rows, features)
    path = str(folder / "data-00000-of-00001.arrow")
    with pyarrow.OSFile(path, "wb") as file, pyarrow.ipc.new_stream(file, made.schema) as writer:
        writer.write_table(made)
    return str(folder)


def check(path: str) -> None:
    reader = open_data(path)
    assert isinstance(reader, JsonlReader)
    doc, rained = reader
    assert [(doc.surface(e), e.label) for e in doc.entities] == [("Mia Berg", "PER"), ("Kiel", "LOC")]
    assert [(r.head, r.tail, r.label) for r in doc.relations] == [(0, 1, "left")]
    assert (doc.id.rsplit("[", 1)[1], rained.text, rained.entities, reader.notices) == (
        "0]",
        "It rained.",
        [],
        [],
    )
    assert [doc.text for doc in read_input(path)] == [TEXT, "It rained."]


def test_rows_in_the_standard_form(tmp_path: Path) -> None:
    check(to_parquet(tmp_path / "a.parquet", ROWS))
    check(to_parquet(tmp_path / "a", ROWS))
    check(to_folder(tmp_path / "saved", ROWS))
    path, made = str(tmp_path / "a.arrow"), table(ROWS)
    with pyarrow.OSFile(path, "wb") as file, pyarrow.ipc.new_file(file, made.schema) as writer:
        writer.write_table(made)
    check(path)


def test_an_object_of_lists_is_a_list_of_objects(tmp_path: Path) -> None:
    lists = {key: [entity[key] for entity in ENTITIES] for key in ENTITIES[0]}
    check(to_folder(tmp_path / "saved", [{**ROWS[0], "entities": lists}, {**ROWS[1], "entities": None}]))


@pytest.mark.parametrize(
    "sequence", [{"_type": "Sequence", "feature": None}, {"_type": "List", "feature": None}, None]
)
def test_names_of_classes_that_the_file_has(tmp_path: Path, sequence: Any) -> None:
    names = {"_type": "ClassLabel", "names": ["O", "B-PER", "I-PER", "B-LOC"]}
    feature = [names] if sequence is None else {**sequence, "feature": names}
    rows = [{"tokens": ["Mia", "Berg", "left", "Kiel"], "ner_tags": [1, 2, 0, 3]}]
    reader = open_data(to_folder(tmp_path / "saved", rows, {"ner_tags": feature}))
    assert isinstance(reader, TagsJsonReader)
    (doc,) = reader
    assert [(doc.surface(e), e.label) for e in doc.entities] == [("Mia Berg", "PER"), ("Kiel", "LOC")]
    with pytest.raises(DataError, match="the tags are numbers, and their names are not given"):
        list(open_data(to_parquet(tmp_path / "a.parquet", rows)))


def test_names_of_classes_in_objects(tmp_path: Path) -> None:
    names = {"_type": "ClassLabel", "names": ["LOC", "PER"]}
    features = {"entities": {"_type": "Sequence", "feature": {"start": {"_type": "Value"}, "label": names}}}
    lists = {"start": [0], "end": [8], "label": [1]}
    (doc,) = open_data(to_parquet(tmp_path / "a.parquet", [{"text": TEXT, "entities": lists}], features))
    assert [entity.label for entity in doc.entities] == ["PER"]


def test_what_json_does_not_have_is_counted(tmp_path: Path) -> None:
    rows = [{**ROWS[0], "image": b"x", "weight": float("nan"), "page": 3}]
    path = to_parquet(tmp_path / "a.parquet", rows)
    reader = open_data(path)
    (doc,) = reader
    assert doc.meta == {"page": 3}
    assert reader.notices == [
        f"columns of other types than JSON has, not used: image (binary): 1 (first in {path})",
        f"rows with a number that is not finite, which is left out: 1 (first in {path})",
    ]


def test_what_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    odd = to_parquet(tmp_path / "a.parquet", [{"premise": "a", "score": 3}])
    with pytest.raises(DataError, match="its records have the keys 'premise', 'score'"):
        open_data(odd)
    faulty = to_parquet(tmp_path / "b.parquet", [{"text": TEXT, "entities": [{**ENTITIES[0], "end": 99}]}])
    with pytest.raises(DataError) as error:
        list(open_data(faulty))
    assert [fault.where for fault in error.value.faults] == [f"{faulty}[0]"]
    for split in ("dev", "train"):
        to_folder(tmp_path / "splits" / split, ROWS)
    (tmp_path / "splits" / "dataset_dict.json").write_text("{}", encoding="utf-8")
    with pytest.raises(DataError, match="with the splits dev, train"):
        open_data(str(tmp_path / "splits"))
    whole = Path(odd).read_bytes()
    for cut in (whole[:50], b"\xff\xff\xff\xff\x10\0\0\0abc", b"ARROW1\0\0"):
        (tmp_path / "c.parquet").write_bytes(cut)
        with pytest.raises(DataError, match="it is damaged"):
            list(arrow_rows(tmp_path / "c.parquet"))
    monkeypatch.setattr("jointre.readers.arrow_rows.find_spec", lambda name: None)
    with pytest.raises(DataError, match=r"pyarrow must be installed\n.*jointre\[datasets\]"):
        open_data(odd)
