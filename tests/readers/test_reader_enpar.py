"""The JSON of ENPAR: mentions with ids, relations between ids."""

import json
from pathlib import Path
from typing import Any

import pytest

from jointre.data.doc import Doc, Entity, Relation
from jointre.errors import DataError
from jointre.readers.enpar_json import EnparJsonReader
from jointre.readers.open import open_data
from jointre.readers.triples import TriplesReader

# A line of the published corpus.
HELD: dict[str, Any] = {
    "sentId": 2,
    "articleId": "a",
    "sentText": "he was held in baghdad .",
    "entityMentions": [
        {"emId": "E1", "text": "he", "offset": [0, 1], "label": "PER"},
        {"emId": "E2", "text": "baghdad", "offset": [4, 5], "label": "GPE"},
    ],
    "relationMentions": [{"em1Id": "E1", "em2Id": "E2", "label": "PHYS"}],
    "wordpieceSentText": "[CLS] he was held in bag ##h ##dad . [SEP]",
    "wordpieceTokensIndex": [[1, 2], [2, 3], [3, 4], [4, 5], [5, 8], [8, 9]],
}


def reader(folder: Path, *lines: Any, **options: Any) -> EnparJsonReader:
    path = folder / "a.jsonl"
    path.write_text("".join(f"{json.dumps(record)}\n" for record in lines), encoding="utf-8")
    return EnparJsonReader(str(path), **options)


def test_a_sentence(tmp_path: Path) -> None:
    read = reader(tmp_path, HELD)
    words = ["he", "was", "held", "in", "baghdad", "."]
    entities = [Entity(0, 1, "PER"), Entity(4, 5, "GPE")]
    meta = {"sentId": 2, "articleId": "a"}
    assert list(read) == [Doc(words, entities, [Relation(0, 1, "PHYS")], id="a:2", meta=meta)]
    (notice,) = read.notices
    assert notice.startswith("records with word pieces of their own, not used: 1 ")


def test_direction_none_and_a_text_that_differs(tmp_path: Path) -> None:
    mentions = [{**HELD["entityMentions"][0], "text": "she"}, HELD["entityMentions"][1]]
    relations = [
        {"em1Id": "E2", "em2Id": "E1", "label": "PHYS"},
        {"em1Id": "E1", "em2Id": "E2", "label": "None"},
    ]
    read = reader(tmp_path, {**HELD, "entityMentions": mentions, "relationMentions": relations})
    (doc,) = read
    assert [(r.head, r.tail, r.label) for r in doc.relations] == [(1, 0, "PHYS")]
    assert [notice.split(": 1 ")[0] for notice in read.notices] == [
        "mentions whose text differs from the words at their offset, which is used",
        "relations with the label 'None', which mean no relation",
        "records with word pieces of their own, not used",
    ]


def test_text_for_pretraining_has_no_ids(tmp_path: Path) -> None:
    mentions = [{"wordpieceText": "he", "offset": [0, 1], "label": "PERSON"}]
    (doc,) = reader(tmp_path, {"sentText": "he left\n", "entityMentions": mentions})
    assert (doc.words, doc.entities, doc.id) == (["he", "left"], [Entity(0, 1, "PERSON")], "a.jsonl:1")


def test_overlapping_mentions(tmp_path: Path) -> None:
    mentions = [{"offset": [0, 2], "label": "X"}, {"offset": [1, 3], "label": "Y"}]
    lines = [{**HELD, "entityMentions": mentions, "relationMentions": []}, HELD]
    assert [len(doc.entities) for doc in reader(tmp_path, *lines)] == [2, 2]
    without = reader(tmp_path, *lines, overlapping="drop_sentence")
    assert [doc.words[0] for doc in without] == ["he"]
    assert without.notices[1].startswith("sentences with overlapping entities, left out: 1")


def changed(key: str, *rows: Any) -> dict[str, Any]:
    return {**HELD, key: list(rows)}


FIRST = HELD["entityMentions"][0]
FAULTY = [
    ({**HELD, "sentText": " "}, "'sentText' is empty"),
    ({**HELD, "entityMentions": {}}, "'entityMentions' is an object, not a list"),
    (changed("entityMentions", 3), "entityMention 0 is the number 3, not an object"),
    (changed("entityMentions", {**FIRST, "offset": [0]}), "entityMention 0: 'offset' is not [start, end]"),
    (
        changed("entityMentions", {**FIRST, "offset": [5, 7]}),
        "entityMention 0: 5 to 7 (exclusive) is not a span",
    ),
    (changed("entityMentions", {**FIRST, "label": None}), "entityMention 0: 'label' is null, not a string"),
    (changed("entityMentions", FIRST, FIRST), "entityMention 1: 'emId' 'E1' is also the id of mention 0"),
    (changed("entityMentions", {**FIRST, "emId": []}), "entityMention 0: 'emId' is a list, not a string"),
    (
        changed("relationMentions", {"em1Id": "E1", "em2Id": "E9", "label": "R"}),
        "relationMention 0: 'em2Id' is 'E9', which is not the 'emId' of a mention",
    ),
    (changed("relationMentions", {"em1Id": "E1", "em2Id": "E1", "label": "R"}), "relation 0"),
    ({**HELD, "articleId": []}, "'articleId' and 'sentId' are strings or whole numbers"),
    ([HELD], "a record is a list, not an object"),
]


def test_faults_name_the_line_all_at_once(tmp_path: Path) -> None:
    with pytest.raises(DataError) as error:
        list(reader(tmp_path, HELD, *(record for record, _ in FAULTY)))
    for number, (_, what) in enumerate(FAULTY, 2):
        found = [fault.what for fault in error.value.faults if fault.where.endswith(f":{number}")]
        assert any(fault.startswith(what) for fault in found), (what, found)


def test_distinguished_from_triples(tmp_path: Path) -> None:
    """Both forms have the same keys for a sentence without anything."""
    nothing = {"sentText": "it rained .", "entityMentions": [], "relationMentions": []}
    pair = {"em1Text": "he", "em2Text": "baghdad", "label": "PHYS"}
    triples = {**HELD, "entityMentions": [{"text": "he", "label": "PER"}], "relationMentions": [pair]}
    del triples["wordpieceSentText"], triples["wordpieceTokensIndex"]
    placed = {key: HELD[key] for key in ("sentText", "entityMentions", "relationMentions")}
    for record, kind in ((HELD, EnparJsonReader), (placed, EnparJsonReader), (triples, TriplesReader)):
        path = str(reader(tmp_path, nothing, record).path)
        found = open_data(path)
        assert type(found) is kind
        assert [len(doc.words) for doc in found] == [3, 6]
