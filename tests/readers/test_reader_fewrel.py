"""FewRel's JSON: by relation, with a relation in each sentence, and as objects."""

import json
from pathlib import Path
from typing import Any

import pytest

from jointre.data.doc import Entity, Relation
from jointre.errors import DataError
from jointre.readers.fewrel import FewRelReader
from jointre.readers.open import open_data

WORDS = ["Mia", "Berg", "left", "Kiel", "as", "Mia", "does"]
SENTENCE: dict[str, Any] = {
    "tokens": WORDS,
    "h": ["mia berg", "Q7", [[0, 1], [5]]],
    "t": ["kiel", "Q8", [[3]]],
}
OTHER = {"tokens": ["Kiel", "grew"], "h": ["kiel", "Q8", [[0]]], "t": ["grew", None, [[1]]]}


def opened(folder: Path, text: str) -> FewRelReader:
    path = folder / "a.json"
    path.write_text(text, encoding="utf-8")
    reader = open_data(str(path))
    assert isinstance(reader, FewRelReader)
    return reader


@pytest.mark.parametrize("indent", [None, 1])
def test_sentences_by_relation(tmp_path: Path, indent: int | None) -> None:
    read = opened(tmp_path, json.dumps({"P1": [SENTENCE, OTHER], "P2": [SENTENCE]}, indent=indent))
    first, second = read
    assert first.entities == [Entity(0, 2, "Entity"), Entity(3, 4, "Entity"), Entity(5, 6, "Entity")]
    assert first.relations == [Relation(0, 1, "P1"), Relation(0, 1, "P2")]
    assert (first.id, first.meta) == ("a.json[0] P1", {"entity_ids": ["Q7", "Q8", "Q7"]})
    assert (second.words, second.relations) == (OTHER["tokens"], [Relation(0, 1, "P1")])
    assert read.notices == [
        "further mentions of head or tail, entities without the relation: 1"
        f" (first in {tmp_path / 'a.json'}[0] P1)"
    ]


def test_a_relation_in_each_sentence(tmp_path: Path) -> None:
    side = {"text": "kiel", "type": "Q8", "indices": [[3]]}
    records = [
        {**SENTENCE, "id": 4, "relation": "left", "page": 3, "ner_tags": ["B-X"] * 7},
        {**OTHER, "label": "NA"},
        {
            "tokens": ["A", "B", "C", "Bonn"],
            "head": {**side, "indices": [[0, 1]]},
            "tail": side,
            "relation": "R",
        },
    ]
    read = opened(tmp_path, "".join(f"{json.dumps(record)}\n" for record in records))
    left, none, third = read
    assert (left.id, left.relations, left.meta["page"]) == ("4", [Relation(0, 1, "left")], 3)
    assert (len(none.entities), none.relations) == (2, [])
    assert third.entities == [Entity(0, 2, "Entity"), Entity(3, 4, "Entity")]
    assert third.meta == {"entity_ids": ["Q8", "Q8"]}
    assert [notice.split(" (")[0] for notice in read.notices] == [
        "arguments whose name differs from the text at their position, which is used: 2",
        "records with 'ner_tags'",
        "further mentions of head or tail, entities without the relation: 1",
        "pairs with the label 'NA', entities kept, no relation: 1",
    ]


FAULTY = [
    ({**SENTENCE, "tokens": "Mia"}, "'tokens' is not a list of words"),
    ({**SENTENCE, "h": ["mia", "Q7"]}, "h: is not a list of three"),
    ({**SENTENCE, "h": ["mia", "Q7", []]}, "h: its mentions are []"),
    ({**SENTENCE, "h": ["mia", "Q7", [["0"]]]}, "h: its mentions are [['0']]"),
    (
        {**SENTENCE, "t": ["kiel", "Q8", [[3, 5]]]},
        "t: the words [3, 5] of a mention do not follow each other",
    ),
    ({**SENTENCE, "t": ["kiel", "Q8", [[7]]]}, "t: 7 to 8 (exclusive) is not a span of the 7 words"),
    ({**SENTENCE, "t": ["mia", "Q7", [[0, 1]]]}, "relation 'P1' of an entity to itself"),
    (3, "a record is the number 3, not an object"),
]


def test_faults_name_the_sentence_all_at_once(tmp_path: Path) -> None:
    items = [SENTENCE, *(item for item, _ in FAULTY)]
    text = json.dumps({"P0": [OTHER], "P1": items})
    with pytest.raises(DataError) as error:
        list(opened(tmp_path, text))
    places = {fault.where: fault.what for fault in reversed(error.value.faults)}
    for number, (_, what) in enumerate(FAULTY, 1):
        assert places[f"{tmp_path / 'a.json'}[{number}] P1"].startswith(what)
    assert len(places) == len(FAULTY)
    read = FewRelReader(str(tmp_path / "a.json"), repair=True)
    with pytest.raises(DataError, match="a record is the number 3"):
        list(read)
    (tmp_path / "a.json").write_text(json.dumps({"P1": items[:-1]}), encoding="utf-8")
    assert len(list(read)) == 1 and len(read.repairs) == len(FAULTY) - 1
