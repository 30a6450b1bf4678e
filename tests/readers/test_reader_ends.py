"""Inclusive ends of entities, and types that nearly match: found in the whole corpus, and reported."""

import json
from pathlib import Path
from typing import Any

import pytest

from jointre.errors import DataError
from jointre.readers.jsonl import JsonlReader

TEXT = "Ann leads Acme."
ASKED = "are the ends inclusive? then --reader jointre.jsonl.v1:ends=inclusive"


def record(*spans: tuple[int, int], label: str = "X") -> dict[str, Any]:
    return {"text": TEXT, "entities": [{"start": a, "end": b, "label": label} for a, b in spans]}


def saved(folder: Path, *records: Any) -> str:
    path = folder / "a.jsonl"
    path.write_text("".join(f"{json.dumps(record)}\n" for record in records), encoding="utf-8")
    return str(path)


def test_a_corpus_with_inclusive_ends_is_asked_about(tmp_path: Path) -> None:
    path = saved(tmp_path, record((4, 9)), *[record((0, 2), (10, 13))] * 4)
    reader = JsonlReader(path)
    assert len(list(reader)) == 5
    assert reader.notices == [
        f"entities that lack the last character of a word; {ASKED}: 8 (first in {path}:2)"
    ]


@pytest.mark.parametrize(
    "spans",
    [
        [(0, 3), (10, 14)],
        [(0, 3), (10, 13), (4, 9)],  # one slip
        [(1, 2), (11, 13)],  # parts of words
        [(0, 2)],  # too few to tell
    ],
)
def test_other_corpora_are_not_asked_about(tmp_path: Path, spans: list[tuple[int, int]]) -> None:
    reader = JsonlReader(saved(tmp_path, record(*spans)))
    assert len(list(reader)) == 1
    assert reader.notices == []


def test_inclusive_ends_are_read(tmp_path: Path) -> None:
    words = {"tokens": ["Ann", "Lee"], "entities": [{"start": 0, "end": 1, "label": "X", "text": "Ann Lee"}]}
    read = JsonlReader(saved(tmp_path, record((0, 2), (10, 13)), words, {"text": "A b"}), ends="inclusive")
    docs = list(read)
    assert [[doc.surface(entity) for entity in doc.entities] for doc in docs] == [
        ["Ann", "Acme"],
        ["Ann Lee"],
        [],
    ]
    assert read.notices[0].startswith("records without 'entities'")


def test_empty_entities_name_the_argument(tmp_path: Path) -> None:
    """An entity of one word has the same start and inclusive end."""
    words = {"tokens": ["Ann"], "entities": [{"start": 0, "end": 0, "label": "X"}]}
    with pytest.raises(DataError) as error:
        list(JsonlReader(saved(tmp_path, words)))
    (fault,) = error.value.faults
    assert fault.remedy.endswith("if all ends are inclusive: --reader jointre.jsonl.v1:ends=inclusive")
    assert len(list(JsonlReader(saved(tmp_path, words), ends="inclusive"))) == 1


def test_types_that_nearly_match(tmp_path: Path) -> None:
    path = saved(
        tmp_path, *[record((0, 3), label=label) for label in ("Org", "org", "Org", "Org ", "Organ", "O-rg")]
    )
    reader = JsonlReader(path)
    assert len(list(reader)) == 6
    assert reader.notices == [
        f"entity type {label!r}, which is almost 'Org': 1 (first in {path}:{line})"
        for label, line in (("org", 2), ("Org ", 4), ("O-rg", 6))
    ]
