"""DyGIE's JSON: documents with sentences, inclusive ends and offsets in the document."""

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest
from public_corpora import public

from jointre.data.doc import Doc, Entity, Relation
from jointre.data.segments import by_sentence
from jointre.errors import DataError
from jointre.readers.dygie import DygieReader
from jointre.readers.recognise import recognise
from jointre.readers.spert_json import SpertJsonReader

SENTENCES = [["Mia", "Berg", "sings"], ["She", "left", "Kiel", "."]]
RECORD: dict[str, Any] = {
    "doc_key": "k",
    "sentences": SENTENCES,
    "ner": [[[0, 1, "PER"]], [[3, 3, "PER"], [5, 5, "LOC"]]],
    "relations": [[], [[3, 3, 5, 5, "left"]]],
    "clusters": [[[0, 1], [3, 3]]],
}


def reader(folder: Path, *records: Any, **options: Any) -> DygieReader:
    path = folder / "a.jsonl"
    path.write_text("".join(f"{json.dumps(record)}\n" for record in records), encoding="utf-8")
    return DygieReader(str(path), **options)


def test_a_document_has_its_sentences(tmp_path: Path) -> None:
    assert list(reader(tmp_path, RECORD)) == [
        Doc(
            [*SENTENCES[0], *SENTENCES[1]],
            [Entity(0, 2, "PER"), Entity(3, 4, "PER"), Entity(5, 6, "LOC")],
            [Relation(1, 2, "left")],
            id="k",
            sentences=[(0, 3), (3, 7)],
        )
    ]


def test_relations_may_cross_sentences(tmp_path: Path) -> None:
    (doc,) = reader(tmp_path, {**RECORD, "relations": [[], [[0, 1, 5, 5, "left"]]]})
    assert doc.relations == [Relation(0, 2, "left")]
    assert doc.evidence(doc.relations[0]) == (0, 7)


def test_a_single_sentence_and_sentences_without_annotation(tmp_path: Path) -> None:
    single = {"tokens": SENTENCES[0], "ner": [[0, 1, "PER"]], "relations": []}
    bare = {"doc_key": "b", "sentences": SENTENCES}
    docs = list(reader(tmp_path, single, bare))
    assert [(doc.id, len(doc.entities), doc.sentences) for doc in docs] == [
        ("a.jsonl:1", 1, [(0, 3)]),
        ("b", 0, [(0, 3), (3, 7)]),
    ]
    for record in (single, bare, RECORD):
        path = reader(tmp_path, record).path
        assert path is not None and recognise(Path(path)) is DygieReader


UNUSABLE = [
    ([0, 0, 5, 5, "left"], "relations to words that are not an entity, left out"),
    ([3, 3, 4, 4, "left"], "relations to words that are not an entity, left out"),
    ([3, 3, 3, 3, "left"], "relations of an entity to itself, left out"),
]


@pytest.mark.parametrize(("relation", "what"), UNUSABLE)
def test_relations_that_no_document_can_have_are_reported(tmp_path: Path, relation: Any, what: str) -> None:
    record = {**RECORD, "relations": [[], [[3, 3, 5, 5, "left"], relation]]}
    read = reader(tmp_path, {**RECORD, "doc_key": "first"}, record)
    assert [len(doc.relations) for doc in read] == [1, 1]
    assert read.notices == [f"{what}: 1 (in {read.path}:2)"]
    assert [fault.what for fault in read.repairs] == [f"{what}: {relation!r} in sentence 1"]
    with pytest.raises(DataError) as error:
        list(reader(tmp_path, record, repair=False))
    assert len(error.value.faults) == 1 and error.value.faults[0].where == f"{read.path}:1"


FAULTY: list[tuple[Any, str]] = [
    (
        {**RECORD, "ner": [[[0, 3, "PER"]], []], "relations": None},
        "sentence 0: entity [0, 3, 'PER'] is outside",
    ),
    (
        {**RECORD, "ner": [[], [[2, 3, "PER"]]], "relations": None},
        "sentence 1: entity [2, 3, 'PER'] is outside",
    ),
    (
        {**RECORD, "ner": [[[1, 0, "PER"]], []], "relations": None},
        "sentence 0: entity [1, 0, 'PER'] is outside",
    ),
    ({**RECORD, "ner": [[[0, "PER"]], []], "relations": None}, "sentence 0: [0, 'PER'] is not an entity"),
    ({**RECORD, "ner": [[[0, 0, " "]], []], "relations": None}, "entity 0 (' ', 0 to 1) has an empty label"),
    ({**RECORD, "relations": [[], [[3, 3, 7, 7, "r"]]]}, "sentence 1: relation [3, 3, 7, 7, 'r'] is outside"),
    ({**RECORD, "relations": [[], [[3, 5, "r"]]]}, "sentence 1: [3, 5, 'r'] is not a relation"),
    ({**RECORD, "ner": [[]]}, "'ner' has 1 lists, but there are 2 sentences"),
    ({**RECORD, "relations": [0, 1]}, "'relations' is not a list with one list per sentence"),
    ({**RECORD, "relations": 0}, "'relations' is not a list with one list per sentence"),
    ({**RECORD, "sentences": ["Mia"]}, "'sentences' is not a list of lists of words"),
    ({"tokens": "Mia", "ner": []}, "'tokens' is not a list of words"),
    ({**RECORD, "doc_key": [3]}, "'doc_key' is a list, not a string"),
    ("x", "a record is a string, not an object"),
]


def test_faults_name_the_record_all_at_once(tmp_path: Path) -> None:
    with pytest.raises(DataError) as error:
        list(reader(tmp_path, *(record for record, _ in FAULTY)))
    found = {fault.place.line: fault.what for fault in error.value.faults}
    assert len(error.value.faults) == len(FAULTY)
    for line, (_, what) in enumerate(FAULTY, 1):
        assert found[line].startswith(what)


def spans(read: Iterable[Doc]) -> list[Any]:
    """The length, spans and related spans of each document; the files write brackets and relations differently."""
    found = []
    for doc in read:
        ends = [(entity.start, entity.end) for entity in doc.entities]
        found.append(
            (len(doc.words), sorted(ends), sorted((ends[r.head], ends[r.tail]) for r in doc.relations))
        )
    return found


def test_scierc_is_the_same_as_its_sentence_file() -> None:
    documents, sentences = public("scierc/doc_dev.jsonl"), public("scierc/spert_dev.json")
    found = [sentence for doc in DygieReader(documents) for sentence in by_sentence(doc)]
    assert spans(found) == spans(SpertJsonReader(sentences))
