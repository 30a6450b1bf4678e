"""Labelled spans under the keys of many tools."""

import json
from pathlib import Path
from typing import Any

import pytest

from jointre.data.doc import Relation
from jointre.errors import DataError
from jointre.readers.jsonl import JsonlReader
from jointre.readers.open import open_data
from jointre.readers.prodigy import ProdigyReader
from jointre.readers.recognise import recognise
from jointre.readers.spans_json import SpansJsonReader

TEXT = "Mia Berg left Kiel."
SPANS = [{"start": 0, "end": 8, "label": "PER"}, {"start": 14, "end": 18, "label": "LOC"}]
LISTS = [[0, 8, "PER"], [14, 18, "LOC"]]
LEFT = {"head": 0, "tail": 1, "label": "left"}


def save(folder: Path, *records: Any) -> Path:
    path = folder / "a.json"
    path.write_text(json.dumps(records), encoding="utf-8")
    return path


@pytest.mark.parametrize(
    "record",
    [
        {"text": TEXT, "spans": SPANS},
        {"text": TEXT, "ents": [{"begin": 0, "stop": 8, "type": "PER"}, {**SPANS[1], "text": "Kiel"}]},
        {"text": TEXT, "annotations": [{"start_char": s, "end_char": e, "tag": t} for s, e, t in LISTS]},
        {"text": TEXT, "spans": [{"start": s, "end": e, "labels": [t]} for s, e, t in LISTS]},
        {"text": TEXT, "entities": LISTS},
        {"text": TEXT, "annotations": {"entities": LISTS}},
        [TEXT, {"entities": LISTS}],
        {"tokens": TEXT.split(), "spans": [[0, 2, "PER"], {"start": 3, "end": 4, "label": "LOC"}]},
    ],
)
def test_spans_of_many_tools(tmp_path: Path, record: Any) -> None:
    read = open_data(str(save(tmp_path, {"text": "It rains.", "spans": []}, record)))
    assert isinstance(read, SpansJsonReader)
    _, doc = read
    names = [(doc.surface(entity).rstrip("."), entity.label) for entity in doc.entities]
    assert names == [("Mia Berg", "PER"), ("Kiel", "LOC")]
    assert not {"spans", "ents", "annotations", "entities"} & doc.meta.keys()
    assert [n.split(" (")[0] for n in read.notices if "words of a" in n] == []


def test_relations_count_the_spans(tmp_path: Path) -> None:
    records = [
        {"text": TEXT, "spans": SPANS, "relations": []},
        {"text": TEXT, "spans": SPANS, "relations": [LEFT]},
    ]
    _, doc = open_data(str(save(tmp_path, *records)))
    assert [other.relations for other in open_data(str(save(tmp_path, records[1])))] == [doc.relations]
    assert doc.relations == [Relation(0, 1, "left")]
    typed = {"head": 0, "tail": 1, "type": "left"}
    (again,) = open_data(str(save(tmp_path, {"text": TEXT, "spans": SPANS, "relations": [typed]})))
    assert again.relations == doc.relations


def test_other_annotation_is_counted_or_refused(tmp_path: Path) -> None:
    read = SpansJsonReader(str(save(tmp_path, {"text": TEXT, "spans": SPANS, "ner_tags": ["B-X", "O"]})))
    assert len(list(read)) == 1
    assert [notice.split(" (")[0] for notice in read.notices] == ["records with 'ner_tags'"]
    with pytest.raises(DataError, match="annotation that is not read: 'spo_list'"):
        list(
            SpansJsonReader(
                str(save(tmp_path, {"text": TEXT, "spans": SPANS, "spo_list": [["a", "b", "c"]]}))
            )
        )


def test_inclusive_ends(tmp_path: Path) -> None:
    spans = [{**span, "end": int(str(span["end"])) - 1} for span in SPANS]
    path = str(save(tmp_path, {"text": TEXT, "spans": spans}))
    asked = SpansJsonReader(path)
    assert len(list(asked)) == 1
    assert "then --reader jointre.spans_json.v1:ends=inclusive: 2 (first" in asked.notices[0]
    (doc,) = SpansJsonReader(path, ends="inclusive")
    assert [doc.surface(entity) for entity in doc.entities] == ["Mia Berg", "Kiel"]


FAULTY: list[tuple[Any, str]] = [
    ({"text": TEXT, "spans": [{"start": 0, "end": 99, "label": "X"}]}, "entity 0 ('X', 0 to 99)"),
    ({"text": TEXT, "spans": [{"start": 0, "end": 3}]}, "entity 0 has no 'label'"),
    ({"text": TEXT, "spans": [[0, 3]]}, "entity 0 is a list, not an object"),
    ({"text": TEXT, "spans": [{"start": 0, "end": 3, "labels": ["X", "Y"]}]}, "entity 0: 'label' is a list"),
    ({"text": TEXT, "spans": [{**SPANS[0], "text": "Kiel"}]}, "entity 0 quotes 'Kiel', but 0 to 8 is"),
    ({"text": TEXT, "spans": {}, "relations": [LEFT]}, "relation 0 ('left', 0 to 1): there is no entity 0"),
    ({"text": TEXT, "spans": SPANS, "ents": SPANS}, "the spans are under 'spans' and 'ents'"),
    ({"text": TEXT, "tokens": ["Mia"], "spans": SPANS}, "a document with both 'text' and 'tokens'"),
    (3, "a document is an object"),
]


def test_faults_name_the_record_all_at_once(tmp_path: Path) -> None:
    path = save(tmp_path, *(record for record, _ in FAULTY))
    with pytest.raises(DataError) as error:
        list(SpansJsonReader(str(path)))
    faults = {fault.where: fault.what for fault in reversed(error.value.faults)}
    assert sorted(faults) == [f"{path}[{number}]" for number in range(len(FAULTY))]
    for number, (_, what) in enumerate(FAULTY):
        assert faults[f"{path}[{number}]"].startswith(what), faults


@pytest.mark.parametrize(
    ("record", "kind"),
    [
        ({"text": TEXT, "spans": SPANS, "answer": "accept"}, ProdigyReader),
        ({"text": TEXT, "spans": [{"start": 0, "label": "X"}]}, JsonlReader),
        ({"text": TEXT, "entities": SPANS}, JsonlReader),
        ({"text": TEXT, "spans": []}, JsonlReader),
    ],
)
def test_what_other_readers_read(tmp_path: Path, record: Any, kind: type) -> None:
    assert recognise(save(tmp_path, record)) is kind


def test_prodigy_without_tokens(tmp_path: Path) -> None:
    ignored = {"text": TEXT, "spans": SPANS, "answer": "ignore"}
    read = open_data(str(save(tmp_path, {**ignored, "answer": "accept"}, ignored)))
    (doc,) = read
    assert [doc.surface(entity) for entity in doc.entities] == ["Mia Berg", "Kiel"] and doc.split
