"""Corpora of triples: WebNLG and NYT in their published forms."""

import json
from pathlib import Path
from typing import Any

import pytest
from public_corpora import public, sizes

from jointre.data.doc import Entity, Relation
from jointre.errors import DataError
from jointre.readers.triples import TriplesReader

SPO: dict[str, Any] = {
    "tokens": ["A.C.", "Cesena", "is", "in", "Cesena", "."],
    "spo_list": [["A.C. Cesena", "ground", "Cesena"], ["Cesena", "same", "Cesena"]],
    "spo_details": [[0, 2, "X", "ground", 1, 2, "X"], [1, 2, "X", "same", 1, 2, "X"]],
    "pos_tags": ["NNP", "NNP", "VBZ", "IN", "NNP", "."],
}
LISTED: dict[str, Any] = {
    "text": "Ann  Lee left Rome .",
    "triple_list": [["Lee", "left", "Rome"], ["Lee", "likes", "Rome"]],
}
MENTIONS: dict[str, Any] = {
    "sentText": "Bob Hall saw Cancun .\r\n",
    "relationMentions": [
        {"em1Text": "Bob Hall", "em2Text": "Cancún", "label": "saw"},
        {"em1Text": "Cancún", "em2Text": "Bob Hall", "label": "None"},
    ],
}


def reader(folder: Path, *records: Any, **options: Any) -> TriplesReader:
    path = folder / "a.jsonl"
    path.write_text("".join(f"{json.dumps(record)}\n" for record in records), encoding="utf-8")
    return TriplesReader(str(path), **options)


def told(read: TriplesReader) -> list[str]:
    return [notice.split(" (")[0] for notice in read.notices]


def test_published_spans(tmp_path: Path) -> None:
    read = reader(tmp_path, SPO)
    (doc,) = read
    assert doc.words == SPO["tokens"]
    assert doc.entities == [Entity(0, 2, "Entity"), Entity(1, 2, "Entity")]
    assert doc.relations == [Relation(0, 1, "ground")]
    assert doc.meta == {"pos_tags": SPO["pos_tags"], "triples": SPO["spo_list"]}
    assert told(read) == ["triples from an entity to itself, left out: 1"]


def test_mentions_of_entities_without_places_are_counted(tmp_path: Path) -> None:
    read = reader(tmp_path, {**MENTIONS, "entityMentions": [{"text": "Bob Hall", "label": "PER"}]}, MENTIONS)
    assert len(list(read)) == 2
    assert "records with 'entityMentions', not used: 1" in told(read)


def test_places_that_do_not_share_a_word(tmp_path: Path) -> None:
    read = reader(tmp_path, SPO, occurrence="apart")
    (doc,) = read
    assert doc.entities == [Entity(0, 2, "Entity"), Entity(4, 5, "Entity"), Entity(1, 2, "Entity")]
    assert doc.relations == [Relation(0, 1, "ground"), Relation(2, 1, "same")]
    assert told(read) == []


def test_strings_are_searched(tmp_path: Path) -> None:
    """All places are looked at: the first word of a name may stand alone before."""
    record = {"text": "New ideas for New York .", "triple_list": [["New York", "R", "ideas"]]}
    read = reader(tmp_path, LISTED, record)
    first, second = read
    assert (first.text, first.words) == (LISTED["text"], ["Ann", "Lee", "left", "Rome", "."])
    assert first.relations == [Relation(0, 1, "left"), Relation(0, 1, "likes")]
    assert [second.surface(entity) for entity in second.entities] == ["New York", "ideas"]
    assert told(read) == []


def test_accents_that_the_text_has_lost(tmp_path: Path) -> None:
    read = reader(tmp_path, MENTIONS)
    (doc,) = read
    assert [doc.surface(entity) for entity in doc.entities] == ["Bob Hall", "Cancun"]
    assert doc.relations == [Relation(0, 1, "saw")]
    assert told(read) == [
        "triples with the label 'None', entities kept, no relation: 1",
        "subjects and objects found only without accents and letter case: 2",
    ]
    assert str(read.repairs[0]).endswith("'Cancún' as 'Cancun'")


def test_a_string_that_is_not_in_the_text(tmp_path: Path) -> None:
    triples = [["Lee", "likes", "Oslo"], ["Lee", "left", "Rome"], ["Lee", "left", "Rome"]]
    read = reader(tmp_path, {**LISTED, "triple_list": triples})
    (doc,) = read
    assert doc.relations == [Relation(0, 1, "left")]
    assert doc.meta["triples"] == triples
    assert told(read) == [
        "duplicate relations, kept once: 1",
        "triples whose subject or object is not in the text, left out: 1",
    ]
    assert read.repairs[0].where == f"{tmp_path / 'a.jsonl'}:1"


NEXT_TO_PUNCTUATION: dict[str, Any] = {
    "text": "Norrby Instruments, based in (Norrby), hired Ann Lee. Oslo's Ann Lee left.",
    "triple_list": [["Norrby Instruments", "based_in", "(Norrby)"], ["Ann Lee", "from", "Oslo"]],
}


def test_names_next_to_punctuation(tmp_path: Path) -> None:
    """A text whose punctuation is attached to words is raw, so that names next to it are words."""
    read = reader(tmp_path, NEXT_TO_PUNCTUATION)
    (doc,) = read
    assert [doc.surface(entity) for entity in doc.entities] == [
        "Norrby Instruments",
        "(Norrby)",
        "Ann Lee",
        "Oslo",
    ]
    assert doc.relations == [Relation(0, 1, "based_in"), Relation(2, 3, "from")]
    assert doc.words[:9] == ["Norrby", "Instruments", ",", "based", "in", "(", "Norrby", ")", ","]
    assert doc.words[9:] == ["hired", "Ann", "Lee", ".", "Oslo", "'s", "Ann", "Lee", "left", "."]
    assert doc.split
    assert told(read) == []


def test_words_of_a_tokenized_text_stay(tmp_path: Path) -> None:
    (doc,) = reader(tmp_path, {"text": "Ann-Lee left Oslo .", "triple_list": [["Ann", "left", "Oslo"]]})
    assert (doc.words, doc.split) == (["Ann-Lee", "left", "Oslo", "."], False)
    assert [(entity.extent, entity.chars) for entity in doc.entities] == [((0, 1), (0, 3)), ((2, 3), None)]


def test_names_next_to_punctuation_in_tokens(tmp_path: Path) -> None:
    record = {
        "tokens": ["Ann-Lee", "", "left", "New", "York", ",", "N.Y."],
        "spo_list": [["Ann", "left", "New York, N.Y"]],
    }
    read = reader(tmp_path, record)
    (doc,) = read
    assert (doc.text, doc.words) == (None, record["tokens"])
    assert [doc.surface(entity) for entity in doc.entities] == ["Ann-Lee", "New York , N.Y."]
    assert told(read)[-1] == "subjects and objects found inside a word, widened to it: 2"


def test_accents_next_to_punctuation(tmp_path: Path) -> None:
    record = {**MENTIONS, "sentText": "Bob Hall saw CANCUN."}
    read = reader(tmp_path, record)
    (doc,) = read
    assert [doc.surface(entity) for entity in doc.entities] == ["Bob Hall", "CANCUN"]
    assert "'Cancún' as 'CANCUN'" in read.repairs[0].what


def test_places_apart_next_to_punctuation(tmp_path: Path) -> None:
    record = {**NEXT_TO_PUNCTUATION, "triple_list": [["Norrby Instruments", "based_in", "Norrby"]]}
    (first,) = reader(tmp_path, record)
    assert first.entities == [Entity(0, 2, "Entity"), Entity(0, 1, "Entity")]
    (apart,) = reader(tmp_path, record, occurrence="apart")
    assert [(e.start, apart.surface(e)) for e in apart.entities] == [(0, "Norrby Instruments"), (6, "Norrby")]


def test_most_triples_of_a_file_are_nowhere(tmp_path: Path) -> None:
    lost = [{**LISTED, "triple_list": [["Lee", "likes", f"Os{n}"], ["Rom", "R", "Lee"]]} for n in range(4)]
    reader(tmp_path, LISTED)
    (tmp_path / "a.jsonl").rename(tmp_path / "sound.jsonl")
    reader(tmp_path, *lost, LISTED)
    with pytest.raises(DataError) as error:
        list(TriplesReader(str(tmp_path)))
    first, *cases = error.value.faults
    assert (first.where, first.what[:17]) == (str(tmp_path / "a.jsonl"), "8 of 10 triples h")
    assert len(cases) == 5
    assert cases[0].where.endswith("a.jsonl:1")
    assert cases[0].what == "likes from 'Lee' to 'Os0': 'Os0' is not there"
    assert cases[1].what == "R from 'Rom' to 'Lee': 'Rom' is only there inside a word"


def test_sentences_too_long_to_search(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="the sentence has 1,000,003 characters"):
        list(reader(tmp_path, {**LISTED, "text": "Lee" + " " * 999_998 + "it"}))


def test_refused_instead_of_repaired(tmp_path: Path) -> None:
    lost = {**LISTED, "triple_list": [["Lee", "likes", "Oslo"]]}
    moved = {**SPO, "spo_list": SPO["spo_list"][:1], "spo_details": [[0, 2, "X", "ground", 3, 4, "X"]]}
    with pytest.raises(DataError) as error:
        list(reader(tmp_path, SPO, lost, MENTIONS, moved, repair=False))
    assert [fault.what.split(":")[0] for fault in error.value.faults] == [
        "triples from an entity to itself",
        "triples whose subject or object is not in the text",
        "subjects and objects found only without accents and letter case",
        "subjects and objects found only without accents and letter case",
        "subjects and objects that differ from the text at their position",
    ]


FAULTY = [
    (3, "a record is the number 3, not an object"),
    ({"text": "a b"}, "the record has no triples in a known form"),
    ({**SPO, "tokens": "a b"}, "'tokens' is not a list of words"),
    ({**SPO, "spo_details": []}, "'spo_details' is not a list as long as 'spo_list'"),
    ({**SPO, "spo_list": SPO["spo_list"][::-1]}, "row 0 of 'spo_details': the relation is not 'same'"),
    (
        {**SPO, "spo_list": SPO["spo_list"][:1], "spo_details": [[0, 2, "X", "ground", 4, 9, "X"]]},
        "row 0 of 'spo_details': 4 to 9 (exclusive) is not a span of the 6 words",
    ),
    ({**LISTED, "triple_list": [["a", "b"]]}, "triple 0 is not three strings"),
    ({**LISTED, "triple_list": [["Lee", " ", "Rome"]]}, "triple 0 is not three strings"),
    ({**MENTIONS, "relationMentions": [{"em1Text": "Bob"}]}, "triple 0 lacks one of the strings em1Text"),
    ({**LISTED, "text": ""}, "'text' is empty"),
]


def test_faults_name_the_line_all_at_once(tmp_path: Path) -> None:
    with pytest.raises(DataError) as error:
        list(reader(tmp_path, *(record for record, _ in FAULTY)))
    faults = {int(fault.where.rsplit(":", 1)[1]): fault.what for fault in reversed(error.value.faults)}
    assert sorted(faults) == list(range(1, len(FAULTY) + 1))
    for number, (_, what) in enumerate(FAULTY, 1):
        assert faults[number].startswith(what)


def test_options(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="'spo_list' is null"):
        list(reader(tmp_path, LISTED, form="spo"))
    with pytest.raises(ValueError, match="form is"):
        reader(tmp_path, form="star")
    with pytest.raises(ValueError, match="occurrence is"):
        reader(tmp_path, occurrence="all")


# sentences, words; entities and relations with "first" and with "apart"; triples, duplicate relations, triples from an
# entity to itself, strings found without accents
COUNTS = {
    "webnlg/exact_train.json": (5019, 112008, (16257, 11271), (16342, 11298), 11313, 1, 41, 0),
    "webnlg/exact_dev.json": (500, 11402, (1718, 1219), (1726, 1223), 1224, 1, 4, 0),
    "webnlg/exact_test.json": (703, 16345, (2292, 1596), (2305, 1604), 1607, 0, 11, 0),
    "webnlg/star_train.json": (5019, 120505, (15854, 10982), (16206, 11353), 11776, 40, 754, 0),
    "webnlg/star_dev.json": (500, 11603, (1538, 1053), (1569, 1084), 1118, 0, 65, 0),
    "webnlg/star_test.json": (703, 17044, (2187, 1503), (2219, 1537), 1591, 4, 84, 0),
    "nyt/star_dev.json": (4999, 188762, (10794, 7924), (10838, 7976), 7976, 0, 52, 0),
    "nyt/star_test.json": (5000, 189272, (10777, 8053), (10820, 8110), 8110, 0, 57, 0),
    "nyt/exact_dev.jsonl": (5000, 188145, (10848, 7985), (10865, 7985), 7985, 0, 0, 42),
    "nyt/exact_test.jsonl": (5000, 188713, (10836, 8120), (10846, 8120), 8120, 0, 0, 44),
}


@pytest.mark.parametrize("name", COUNTS)
def test_published_counts(name: str) -> None:
    """Triples as on the data page; all are located, and what is no relation is a duplicate or has one entity."""
    path = public(name)
    sentences, words, (entities, relations), _, triples, duplicates, own, folded = COUNTS[name]
    read = TriplesReader(path)
    docs = list(read)
    assert sizes(docs) == (sentences, words, entities, relations)
    assert sum(len(doc.meta["triples"]) for doc in docs) == triples == relations + duplicates + own
    counts = {
        "duplicate relations, kept once": duplicates,
        "triples from an entity to itself, left out": own,
        "subjects and objects found only without accents and letter case": folded,
    }
    counts |= {"relation type 'fullName', which is almost 'fullname'": int(name == "webnlg/exact_train.json")}
    expected = {f"{what}: {count}" for what, count in counts.items() if count}
    assert len(told(read)) == len(expected) and set(told(read)) == expected
    if "star" in name:
        assert {entity.end - entity.start for doc in docs for entity in doc.entities} == {1}


@pytest.mark.parametrize("name", [name for name in COUNTS if "train" not in name])
def test_counts_with_places_apart(name: str) -> None:
    docs = list(TriplesReader(public(name), occurrence="apart"))
    assert sizes(docs)[2:] == COUNTS[name][3]
