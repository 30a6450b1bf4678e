"""One tag per word in JSON, as names or as numbers."""

import json
from pathlib import Path
from typing import Any

import pytest

from jointre.errors import DataError
from jointre.readers.open import open_data
from jointre.readers.tags_json import TagsJsonReader

WORDS = ["Mia", "Berg", "left", "Kiel"]
TAGS = ["B-PER", "I-PER", "O", "B-LOC"]
NAMES = ["O", "B-PER", "I-PER", "B-LOC"]
NUMBERS = [1, 2, 0, 3]


def save(folder: Path, *records: Any) -> str:
    path = folder / "a.jsonl"
    path.write_text("".join(f"{json.dumps(record)}\n" for record in records), encoding="utf-8")
    return str(path)


def found(reader: Any) -> list[list[tuple[str, str]]]:
    return [[(doc.surface(entity), entity.label) for entity in doc.entities] for doc in reader]


BOTH = [("Mia Berg", "PER"), ("Kiel", "LOC")]


@pytest.mark.parametrize("key", ["ner_tags", "bio_tags", "iob_tags", "labels", "label", "entity_tags", "ner"])
def test_tags_under_usual_keys(tmp_path: Path, key: str) -> None:
    path = save(tmp_path, {"id": 1, "words": ["It", "rains"], key: ["O", "O"]}, {"words": WORDS, key: TAGS})
    reader = open_data(path)
    assert isinstance(reader, TagsJsonReader)
    rains, doc = reader
    assert (rains.id, rains.entities, doc.meta) == ("1", [], {})
    assert found(reader) == [[], BOTH] and reader.notices == []


@pytest.mark.parametrize(
    "names",
    [
        NAMES,
        {name: number for number, name in enumerate(NAMES)},
        {"features": {"ner_tags": {"feature": {"names": NAMES, "_type": "ClassLabel"}, "_type": "Sequence"}}},
    ],
)
def test_numbers_with_names(tmp_path: Path, names: Any) -> None:
    path = save(tmp_path, {"tokens": WORDS, "ner_tags": NUMBERS}, {"tokens": WORDS, "tags": NUMBERS})
    (tmp_path / "names.json").write_text(json.dumps(names), encoding="utf-8")
    assert found(TagsJsonReader(path, names=str(tmp_path / "names.json"))) == [BOTH, BOTH]
    with pytest.raises(DataError) as error:
        list(open_data(path))
    assert [fault.where for fault in error.value.faults] == [f"{path}:1", f"{path}:2"]
    assert error.value.faults[0].what == "the tags are numbers, and their names are not given"
    assert "jointre.tags_json.v1:names=FILE" in error.value.faults[0].remedy


@pytest.mark.parametrize("names", [[], {"features": {}}, {"O": "0"}, ["O", 1]])
def test_files_without_names(tmp_path: Path, names: Any) -> None:
    (tmp_path / "names.json").write_text(json.dumps(names), encoding="utf-8")
    path = save(tmp_path, {"tokens": WORDS, "ner_tags": NUMBERS})
    with pytest.raises(DataError, match="neither a list nor an object of tags"):
        list(TagsJsonReader(path, names=str(tmp_path / "names.json")))


def test_schemes_and_repairs(tmp_path: Path) -> None:
    path = save(tmp_path, {"tokens": WORDS, "ner_tags": ["I-PER", "I-PER", "O", "I-LOC"]})
    assert found(TagsJsonReader(path, scheme="IOB1")) == [BOTH]
    repaired = TagsJsonReader(path)
    assert found(repaired) == [BOTH] and len(repaired.repairs) == 2
    with pytest.raises(DataError, match="I-PER comes first"):
        list(TagsJsonReader(path, repair=False))
    path = save(tmp_path, {"tokens": WORDS, "ner_tags": ["B-PER", "L-PER", "O", "U-LOC"]})
    assert found(TagsJsonReader(path, scheme="BILOU")) == [BOTH]


def test_relations_and_other_annotation(tmp_path: Path) -> None:
    relation = {"type": "left", "head": 0, "tail": 1}
    reader = TagsJsonReader(
        save(tmp_path, {"tokens": WORDS, "ner_tags": TAGS, "relations": [relation], "spans": [[0, 2, "X"]]})
    )
    (doc,) = reader
    assert [(r.head, r.tail, r.label) for r in doc.relations] == [(0, 1, "left")]
    (typed,) = open_data(save(tmp_path, {"tokens": WORDS, "ner_tags": TAGS, "relations": [relation]}))
    labelled = {"label": "left", "head": 0, "tail": 1}
    path = save(tmp_path, {"tokens": WORDS, "ner_tags": TAGS, "relations": [labelled]})
    assert list(TagsJsonReader(path)) == [typed] and typed.relations == doc.relations
    assert list(open_data(path)) == [typed]
    assert [notice.split(" (")[0] for notice in reader.notices] == ["records with 'spans'"]


FAULTY = [
    ({"tokens": WORDS, "ner_tags": TAGS[:3]}, "3 tags for 'tokens', which is 4"),
    ({"tokens": WORDS, "ner_tags": ["B-PER", 1, "O", "O"]}, "'tags' is not a list of strings"),
    ({"tokens": WORDS, "ner_tags": ["S-PER", "O", "O", "O"]}, "'S-PER' is not a tag of the scheme BIO"),
    ({"tokens": WORDS, "ner_tags": [9, 0, 0, 0]}, "tag 9 has no name, of 4 in "),
    ({"ner_tags": TAGS}, "4 tags for 'tokens', which is null"),
    ({"tokens": WORDS}, "a sentence has 'tags' and no 'entities'"),
    ("x", "a record is a string, not an object"),
]


def test_faults_name_the_line_all_at_once(tmp_path: Path) -> None:
    (tmp_path / "names.json").write_text(json.dumps(NAMES), encoding="utf-8")
    path = save(tmp_path, *(record for record, _ in FAULTY))
    with pytest.raises(DataError) as error:
        list(TagsJsonReader(path, names=str(tmp_path / "names.json")))
    assert len(error.value.faults) == len(FAULTY)
    for number, (fault, (_, what)) in enumerate(zip(error.value.faults, FAULTY, strict=True), 1):
        assert fault.where.startswith(f"{path}:{number}") and fault.what.startswith(what)
