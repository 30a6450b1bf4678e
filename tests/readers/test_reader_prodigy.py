"""Prodigy's JSONL with tokens, spans and relations."""

import json
from pathlib import Path
from typing import Any

import pytest

from jointre.data.doc import Relation
from jointre.errors import DataError
from jointre.readers.prodigy import ProdigyReader
from jointre.readers.recognise import recognise

TEXT = "Mia  Berg left\nKiel"
ENDS = [(0, 3), (4, 5), (5, 9), (10, 14), (14, 15), (15, 19)]
TOKENS = [{"text": TEXT[a:b], "start": a, "end": b, "id": i} for i, (a, b) in enumerate(ENDS)]
MIA = {"start": 0, "end": 9, "token_start": 0, "token_end": 2, "label": "PER"}
KIEL = {"start": 15, "end": 19, "token_start": 5, "token_end": 5, "label": "LOC", "text": "Kiel"}
LEFT = {"head": 2, "child": 5, "head_span": MIA, "child_span": KIEL, "label": "left"}
RECORD: dict[str, Any] = {
    "text": TEXT,
    "tokens": TOKENS,
    "spans": [MIA, KIEL],
    "relations": [LEFT],
    "answer": "accept",
    "_task_hash": 7,
}
BY_TOKEN = {"head": 0, "child": 5, "label": "left"}


def reader(folder: Path, *records: Any, **options: Any) -> ProdigyReader:
    path = folder / "a.jsonl"
    path.write_text("".join(f"{json.dumps(record)}\n" for record in records), encoding="utf-8")
    return ProdigyReader(str(path), **options)


@pytest.mark.parametrize("relation", [LEFT, BY_TOKEN, {**LEFT, "child_span": None}])
def test_spans_and_relations_over_its_tokens(tmp_path: Path, relation: Any) -> None:
    (doc,) = reader(tmp_path, {**RECORD, "relations": [relation]})
    assert doc.words == ["Mia", "Berg", "left", "Kiel"] and not doc.split
    assert [(e.start, e.end, e.label) for e in doc.entities] == [(0, 2, "PER"), (3, 4, "LOC")]
    assert doc.relations == [Relation(0, 1, "left")]
    assert (doc.id, doc.meta) == ("a.jsonl:1", {"_task_hash": 7})


def test_what_was_not_accepted_is_left_out(tmp_path: Path) -> None:
    read = reader(tmp_path, RECORD, {**RECORD, "answer": "ignore"}, {**RECORD, "answer": "reject"})
    assert len(list(read)) == 1
    assert read.notices == [
        f'records that were not accepted ("answer"), left out: 2 (first in {read.path}:2)'
    ]


@pytest.mark.parametrize("bare", [{"relations": []}, {"spans": [], "relations": []}])
def test_it_is_recognised_by_its_tokens(tmp_path: Path, bare: Any) -> None:
    path = reader(tmp_path, {**RECORD, **bare}).path
    assert path is not None and recognise(Path(path)) is ProdigyReader


def test_a_relation_to_a_token_without_span(tmp_path: Path) -> None:
    record = {**RECORD, "relations": [{**BY_TOKEN, "child": 3}, LEFT]}
    said = r"relation 0 \('left'\) points to a token that is not in a span\n.*set repair = true"
    with pytest.raises(DataError, match=said):
        list(reader(tmp_path, record))
    read = reader(tmp_path, record, repair=True)
    assert [doc.relations for doc in read] == [[Relation(0, 1, "left")]]
    assert len(read.repairs) == 1 and read.repairs[0].where == f"{read.path}:1"


FAULTY: list[tuple[Any, str]] = [
    ({**RECORD, "spans": [MIA, {**KIEL, "end": 30}]}, "span 1: 15 to 30 (exclusive) is not a span"),
    ({**RECORD, "spans": [MIA, {**KIEL, "label": None}]}, "span 1: 'label' is null, not a string"),
    (
        {**RECORD, "spans": [MIA, {**KIEL, "text": "Bonn"}]},
        "span 1: it quotes 'Bonn', but 15 to 19 is 'Kiel'",
    ),
    ({**RECORD, "tokens": TOKENS[::-1]}, "word 1 cannot be at 10 to 14"),
    ({**RECORD, "tokens": [*TOKENS[:5], {"start": 15}]}, "token 5: 'end' is null, not a whole number"),
    ({**RECORD, "relations": [{**BY_TOKEN, "child": 6}]}, "relation 0: 'child' is 6, but there are 6 tokens"),
    ({**RECORD, "relations": [{**BY_TOKEN, "child": 1}]}, "relation 0: it relates entity (0, 9) to itself"),
    ({**RECORD, "text": 3, "tokens": [], "spans": [], "relations": []}, "'text' is the number 3"),
    ("x", "a record is a string, not an object"),
]


@pytest.mark.parametrize(("record", "what"), FAULTY)
def test_faults_name_the_record(tmp_path: Path, record: Any, what: str) -> None:
    with pytest.raises(DataError) as error:
        list(reader(tmp_path, RECORD, record))
    first = error.value.faults[0]
    assert first.where == f"{tmp_path / 'a.jsonl'}:2"
    assert first.what.startswith(what)


def test_the_faults_of_all_records_are_one_error(tmp_path: Path) -> None:
    with pytest.raises(DataError) as error:
        list(reader(tmp_path, *(record for record, _ in FAULTY)))
    assert {fault.place.line for fault in error.value.faults} == set(range(1, len(FAULTY) + 1))
