"""Triples as objects: DuIE and TPLinker, typed and with characters or without, and names in Chinese."""

import json
from pathlib import Path
from typing import Any

import pytest

from jointre.data.doc import Doc
from jointre.errors import DataError
from jointre.readers.open import open_data
from jointre.readers.triples import TriplesReader

SPO = {
    "subject": "白河记",
    "predicate": "主演",
    "object": "林安",
    "subject_type": "影视作品",
    "object_type": "人物",
}
DUIE: dict[str, Any] = {
    "text": "林安主演的《白河记》由周明配音。",
    "postag": [{"word": "林安", "pos": "nr"}],
    "spo_list": [SPO],
}
SLOTS = {
    **SPO,
    "object": {"@value": "周明", "inWork": "白河记", "onDate": ""},
    "predicate": "配音",
    "object_type": {"@value": "人物", "inWork": "影视作品"},
}
LIVES = {
    "subject": "Mia Berg",
    "object": "Kiel",
    "subj_char_span": [0, 8],
    "obj_char_span": [23, 27],
    "predicate": "lives_in",
    "subj_tok_span": [0, 2],
    "obj_tok_span": [5, 6],
}
LINKER: dict[str, Any] = {
    "id": "tr_0",
    "text": "Mia Berg left Kiel for Kiel-Süd .",
    "relation_list": [LIVES],
    "entity_list": [
        {"text": "Mia Berg", "type": "PER", "char_span": [0, 8], "tok_span": [0, 2]},
        {"text": "Kiel", "type": "DEFAULT", "char_span": [14, 18]},
    ],
}


def opened(folder: Path, *records: Any) -> TriplesReader:
    path = folder / "a.jsonl"
    path.write_text("".join(f"{json.dumps(record)}\n" for record in records), encoding="utf-8")
    reader = open_data(str(path))
    assert isinstance(reader, TriplesReader)
    return reader


def shown(doc: Doc) -> list[tuple[str, str, str]]:
    ends = [(doc.entities[r.head], r.label, doc.entities[r.tail]) for r in doc.relations]
    return [(doc.surface(head), label, doc.surface(tail)) for head, label, tail in ends]


def told(read: TriplesReader) -> list[str]:
    return [notice.split(" (")[0] for notice in read.notices]


def test_types_of_subject_and_object(tmp_path: Path) -> None:
    read = opened(tmp_path, DUIE)
    (doc,) = read
    assert shown(doc) == [("白河记", "主演", "林安")]
    assert [entity.label for entity in doc.entities] == ["影视作品", "人物"]
    assert doc.words[:6] == ["林", "安", "主", "演", "的", "《"] and doc.split
    assert doc.sentences == [(0, len(doc.words))]
    assert doc.meta == {"postag": DUIE["postag"], "triples": [["白河记", "主演", "林安"]]}
    assert read.notices == []


def test_an_object_of_several_slots_is_several_triples(tmp_path: Path) -> None:
    other = {**SLOTS, "subject": "林安", "subject_type": "人物"}
    (doc,) = opened(tmp_path, {**DUIE, "spo_list": [other]})
    assert shown(doc) == [("林安", "配音", "周明"), ("林安", "配音.inWork", "白河记")]
    assert [entity.label for entity in doc.entities] == ["人物", "人物", "影视作品"]


def test_one_name_with_two_types_is_two_entities(tmp_path: Path) -> None:
    (doc,) = opened(tmp_path, {**DUIE, "spo_list": [{**SPO, "object": "白河记"}]})
    assert [(doc.surface(e), e.label) for e in doc.entities] == [("白河记", "影视作品"), ("白河记", "人物")]
    assert shown(doc) == [("白河记", "主演", "白河记")]


@pytest.mark.parametrize("key", ["spo_list", "triple_list", "relation_list"])
def test_lists_of_three_strings_in_text_without_blanks(tmp_path: Path, key: str) -> None:
    (doc,) = opened(tmp_path, {"text": DUIE["text"], key: [["白河记", "主演", "林安"]]})
    assert shown(doc) == [("白河记", "主演", "林安")]
    assert {entity.label for entity in doc.entities} == {"Entity"}


def test_characters_of_subject_and_object_are_used(tmp_path: Path) -> None:
    read = opened(tmp_path, LINKER)
    (doc,) = read
    assert (doc.id, doc.words[5], doc.split) == ("tr_0", "Kiel-Süd", False)
    places = [(doc.characters(entity), entity.label) for entity in doc.entities]
    assert places == [((0, 8), "PER"), ((23, 27), "Entity"), ((14, 18), "Entity")]
    assert shown(doc) == [("Mia Berg", "lives_in", "Kiel")]
    assert doc.meta == {"triples": [["Mia Berg", "lives_in", "Kiel"]]}
    assert read.notices == []


def test_without_characters_the_names_are_searched(tmp_path: Path) -> None:
    bare = {key: LIVES[key] for key in ("subject", "predicate", "object")}
    lost = {**bare, "object": "Oslo"}
    read = opened(tmp_path, {"text": LINKER["text"], "relation_list": [bare, bare, lost]})
    (doc,) = read
    assert [doc.characters(entity) for entity in doc.entities] == [(0, 8), (14, 18)]
    assert told(read) == [
        "duplicate relations, kept once: 1",
        "triples whose subject or object is not in the text, left out: 1",
    ]


def test_what_is_kept_is_told(tmp_path: Path) -> None:
    entities = [
        *LINKER["entity_list"],
        {"text": "Mia Berg", "type": "DEFAULT", "char_span": [0, 9]},
        {"text": "Kiel", "type": "LOC"},
    ]
    odd = {**LIVES, "obj_char_span": [14, 22], "confidence": 1}
    read = opened(
        tmp_path, {**LINKER, "entity_list": entities, "relation_list": [odd], "ner_tags": ["B-X"] * 5}
    )
    assert len(list(read)) == 1
    assert told(read) == [
        "key 'confidence' of a triple, not used: 1",
        "entities with blanks at an end, trimmed: 1",
        "spans with a second type, of which the first is kept: 1",
        "entities of 'entity_list' without 'char_span', not used: 1",
        "records with 'ner_tags'",
        "subjects and objects that differ from the text at their position, which is used: 1",
    ]
    assert read.repairs[0].what.endswith("'Kiel' at 14 to 22, which is 'Kiel for'")


FAULTY: list[tuple[Any, str]] = [
    ({**DUIE, "spo_list": [{**SPO, "subject": " "}]}, "triple 0: 'subject' is empty"),
    ({**DUIE, "spo_list": [{**SPO, "predicate": None}]}, "triple 0: 'predicate' is null, not a string"),
    ({**DUIE, "spo_list": [{**SPO, "object": 3}]}, "triple 0: 'object' is the number 3, not a string"),
    ({**DUIE, "spo_list": [{**SPO, "object": {"inWork": "白河记"}}]}, "triple 0: 'object' has no '@value'"),
    ({**DUIE, "spo_list": [{**SPO, "object_type": 3}]}, "triple 0: the slot '@value' of 'object' and its type"),
    ({**DUIE, "spo_list": [{**SPO, "subject_type": []}]}, "triple 0: 'subject_type' is a list, not a string"),
    ({**DUIE, "spo_list": [3]}, "triple 0 is not three strings"),
    ({**LINKER, "relation_list": [{**LIVES, "obj_char_span": None}]}, "triple 0: 'obj_char_span' is not [start"),
    ({**LINKER, "relation_list": [{**LIVES, "obj_char_span": [3, 99]}]}, "triple 0: 3 to 99 (exclusive) is not"),
    ({**LINKER, "relation_list": [{**LIVES, "obj_char_span": [8, 9]}]}, "triple 0: 8 to 9 contains only blanks"),
    ({**LINKER, "entity_list": [{"char_span": [0, 8]}]}, "entity 0: 'type' is null, not a string"),
    ({**LINKER, "entity_list": {}}, "'entity_list' is an object, not a list"),
]  # fmt: skip


def test_faults_name_the_line_all_at_once(tmp_path: Path) -> None:
    with pytest.raises(DataError) as error:
        list(opened(tmp_path, LINKER, *(record for record, _ in FAULTY)))
    faults = {int(fault.where.rsplit(":", 1)[1]): fault.what for fault in reversed(error.value.faults)}
    assert sorted(faults) == list(range(2, len(FAULTY) + 2))
    for number, (_, what) in enumerate(FAULTY, 2):
        assert faults[number].startswith(what)


def test_names_that_are_mostly_not_in_the_text(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="1 of 1 triples have a subject or object that is not") as error:
        list(
            opened(
                tmp_path,
                {
                    **DUIE,
                    "spo_list": [
                        {**SPO, "object": "白河"},
                    ],
                }
                | {"text": "林安主演。"},
            )
        )
    assert "whole words (jointre docs data-formats#words-of-a-raw-text)" in error.value.faults[0].remedy
