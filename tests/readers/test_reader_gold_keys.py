"""Annotation under a misspelt key is refused, and records without a key that others have are counted."""

import json
import re
import time
from pathlib import Path
from typing import Any

import pytest

from jointre.errors import DataError
from jointre.pretraining.scan_shards import scan_shards
from jointre.pretraining.shards import Choice
from jointre.readers.base_corpus import CorpusReader
from jointre.readers.bilou_json import BilouJsonReader
from jointre.readers.enpar_json import EnparJsonReader
from jointre.readers.gold_keys import is_near
from jointre.readers.jsonl import JsonlReader
from jointre.readers.opennre import OpenNREReader
from jointre.readers.spert_json import SpertJsonReader
from jointre.readers.tacred import TacredReader
from jointre.readers.triples import TriplesReader

WORDS = {"tokens": ["Ann", "saw", "Bob"]}
ENDS = [{"start": 0, "end": 1}, {"start": 2, "end": 3}]
OURS = {
    **WORDS,
    "entities": [{**end, "label": "X"} for end in ENDS],
    "relations": [{"head": 0, "tail": 1, "label": "R"}],
}
SPERT = {
    **WORDS,
    "entities": [{**end, "type": "X"} for end in ENDS],
    "relations": [{"head": 0, "tail": 1, "type": "R"}],
}
TAGS = {**WORDS, "tags": ["U-X", "O", "U-X"], "relations": SPERT["relations"]}
ENPAR = {
    "sentText": "Ann saw Bob",
    "entityMentions": [{"emId": n, "offset": [n, n + 1], "label": "X"} for n in (0, 2)],
    "relationMentions": [{"em1Id": 0, "em2Id": 2, "label": "R"}],
}
OPENNRE = {"text": "Ann saw Bob", "h": {"pos": [0, 3]}, "t": {"pos": [8, 11]}, "relation": "R"}
SIDES = {f"{end}_{key}": 2 * (end == "obj") for end in ("subj", "obj") for key in ("start", "end")}
TACRED = {"token": WORDS["tokens"], **SIDES, "subj_type": "X", "obj_type": "X", "relation": "R"}
SPO = {
    **WORDS,
    "spo_list": [["Ann", "R", "Bob"]],
    "spo_details": [[0, 1, "X", "R", 2, 3, "X"]],
}
LISTED = {"text": "Ann saw Bob", "triple_list": [["Ann", "R", "Bob"]]}


def saved(folder: Path, *records: Any) -> str:
    path = folder / "a.jsonl"
    path.write_text("".join(f"{json.dumps(record)}\n" for record in records), encoding="utf-8")
    return str(path)


def renamed(record: dict[str, Any], key: str, name: str) -> dict[str, Any]:
    return {name if old == key else old: item for old, item in record.items()}


@pytest.mark.parametrize(
    ("kind", "sound", "key", "typed"),
    [
        (JsonlReader, OURS, "relations", "reations"),
        (JsonlReader, OURS, "relations", "relation"),
        (JsonlReader, OURS, "entities", "Entities"),
        (SpertJsonReader, SPERT, "entities", "entity"),
        (SpertJsonReader, SPERT, "relations", "realtions"),
        (BilouJsonReader, TAGS, "relations", "relations "),
        (EnparJsonReader, ENPAR, "relationMentions", "relation_mentions"),
        (OpenNREReader, OPENNRE, "relation", "relations"),
        (TacredReader, TACRED, "relation", "relaton"),
        (TriplesReader, SPO, "spo_details", "spo_detail"),
    ],
)
def test_a_misspelt_key_is_refused(
    tmp_path: Path, kind: type[CorpusReader], sound: dict[str, Any], key: str, typed: str
) -> None:
    """The first place and the number of records are named once for each file."""
    wrong = renamed(sound, key, typed)
    path = saved(tmp_path, sound, wrong, wrong)
    with pytest.raises(DataError) as error:
        list(kind(path))
    faults = [fault for fault in error.value.faults if "would lose" in fault.what]
    assert [(fault.what, fault.where, fault.remedy) for fault in faults] == [
        (
            f"2 records would lose {key!r}: there is {typed!r} instead",
            f"{path}:2",
            f"rename the key to {key!r}",
        )
    ]


def test_a_misspelt_key_that_nothing_else_would_report(tmp_path: Path) -> None:
    for sound, kind in ((OURS, JsonlReader), (ENPAR, EnparJsonReader), (OPENNRE, OpenNREReader)):
        key = (
            "relation" if "relation" in sound else "relations" if "relations" in sound else "relationMentions"
        )
        with pytest.raises(DataError) as error:
            list(kind(saved(tmp_path, renamed(sound, key, f"{key}x"))))
        assert [fault.what for fault in error.value.faults] == [
            f"a record would lose {key!r}: there is '{key}x' instead"
        ]


def test_a_misspelt_key_in_shards(tmp_path: Path) -> None:
    path = Path(saved(tmp_path, OURS, renamed(OURS, "entities", "entites")))
    with pytest.raises(DataError, match="a record would lose 'entities'"):
        scan_shards([path], Choice(1.0, 0))


def test_records_without_a_key_that_others_have(tmp_path: Path) -> None:
    other = {**WORDS, "people": [{"name": "Ann"}], "links": [{"url": "x"}]}
    path = saved(tmp_path, OURS, other, WORDS, other)
    read = JsonlReader(path)
    assert [len(doc.entities) for doc in read] == [2, 0, 0, 0]
    assert read.notices == [
        f"records without {key!r}, which others of the file have (they have 'people', 'links'): 3 (first in {path}:2)"
        for key in ("entities", "relations")
    ]


@pytest.mark.parametrize(
    ("extra", "named"),
    [
        ({"spans": [{"start": 0, "end": 1, "label": "X"}]}, "'spans' (Prodigy or spaCy)"),
        ({"Ents": [{"start": 0, "end": 1, "label": "X"}]}, "'Ents' (spaCy or displaCy)"),
        ({"names": [{"begin": 0, "end": 1, "type": "X"}]}, "'names' (entities in another form)"),
        (
            {"label": [[0, 3, "X"]]},
            "'label' (doccano's sequence labels, which are exported without relations)",
        ),
        (
            {"label": [{"start": 0, "end": 3, "labels": ["X"]}]},
            "JSON-MIN, which is exported without relations",
        ),
        ({"ner_tags": [1, 0, 2]}, "'ner_tags' (one tag per word"),
        ({"ner_tags": ["B-X", "O", "B-X"]}, "'ner_tags' (one tag per word"),
        ({"gold": "x", "labels": "B-X O B-X"}, "'labels' (one tag per word"),
        ({"spo_list": [{"subject": "Ann", "predicate": "R", "object": "Bob"}]}, "'spo_list' (DuIE)"),
        ({"relation_list": [{"subject": "Ann", "predicate": "R", "object": "Bob"}]}, "(TPLinker)"),
        ({"facts": [["Ann", "R", "Bob"]]}, "'facts' (triples in another form)"),
        ({"relation": [["Ann", "R", "Bob"]]}, "'relation' (triples in another form)"),
        ({"annotations": {"entities": [[0, 3, "X"]]}}, "'annotations' (the training data of spaCy 2)"),
        ({"entities": OURS["entities"], "rels": [{"h": 0, "t": 1}]}, "'rels' (relations in another form)"),
    ],
)
def test_annotation_under_a_foreign_key_is_refused(tmp_path: Path, extra: dict[str, Any], named: str) -> None:
    """One such record is refused, also among records whose annotation is read."""
    path = saved(tmp_path, OURS, {**WORDS, **extra}, {**WORDS, **extra})
    with pytest.raises(DataError) as error:
        list(JsonlReader(path))
    (fault,) = error.value.faults
    assert fault.what.startswith("2 records have annotation that is not read: ") and named in fault.what
    assert fault.where == f"{path}:2"
    assert re.search(r"the nearest format is jointre\.|, (which )?jointre\.\w+\.v1 reads", fault.remedy)


def test_a_foreign_key_next_to_annotation_is_counted(tmp_path: Path) -> None:
    path = saved(tmp_path, OURS, {**OURS, "ner_tags": ["B-X", "O", "B-X"], "triples": [["Ann", "R", "Bob"]]})
    read = JsonlReader(path)
    assert [len(doc.entities) for doc in read] == [2, 2]
    (notice,) = read.notices
    assert notice.startswith("records with 'ner_tags' (one tag per word") and notice.endswith(
        f"not used: 1 (first in {path}:2)"
    )


@pytest.mark.parametrize(
    "extra",
    [
        {"label": "positive"},
        {"labels": [1, 0]},
        {"upos": ["NOUN", "VERB", "NOUN"]},
        {"heads": [1, 0, 1]},
        {"sents": [{"start": 0, "end": 3}]},
        {"stanford_ner": ["O", "O", "O"]},
        {"spans": [], "annotations": [], "entity_list": None},
        {"source": {"url": "x", "type": "news"}},
    ],
)
def test_other_keys_are_not_taken_for_annotation(tmp_path: Path, extra: dict[str, Any]) -> None:
    read = JsonlReader(saved(tmp_path, {**WORDS, **extra}))
    assert [doc.meta for doc in read] == [extra]
    assert read.notices == []


@pytest.mark.parametrize(
    ("extra", "notices"),
    [
        ({}, []),
        ({"relation": []}, ["records with 'relation', which is not 'relations' and not used: 1"]),
        ({"relation": "a word"}, ["records with 'relation', which is not 'relations' and not used: 1"]),
        ({"relation": [{"a": 1}], "relations": []}, []),
        ({"locations": [{"a": 1}], "identity": [{"a": 1}]}, []),
    ],
)
def test_keys_that_lose_nothing(tmp_path: Path, extra: dict[str, Any], notices: list[str]) -> None:
    read = JsonlReader(saved(tmp_path, {**WORDS, **extra}))
    (doc,) = read
    assert doc.meta == {key: item for key, item in extra.items() if key != "relations"}
    assert [notice.split(" (first")[0] for notice in read.notices] == notices


@pytest.mark.parametrize(
    ("key", "near"),
    [
        ("relaions", True),
        ("RELATIONS", True),
        ("relationss", True),
        ("relatoins", True),
        ("relatiens", True),
        ("rotations", False),
        ("rels", False),
        ("", False),
        ("relations" * 10_000, False),
    ],
)
def test_keys_near_a_gold_key(key: str, near: bool) -> None:
    assert is_near(key, "relations") is near


def test_many_different_keys_take_linear_time(tmp_path: Path) -> None:
    path = saved(tmp_path, {**WORDS, **{f"relatio{n}": n for n in range(50_000)}})
    began = time.process_time()
    assert len(list(JsonlReader(path))) == 1
    assert time.process_time() - began < 20
