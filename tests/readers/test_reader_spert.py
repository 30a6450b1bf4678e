"""SpERT's JSON and the public corpora in this format."""

import json
import os
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from jointre.data.doc import Doc, Entity, Relation
from jointre.data.report import Report
from jointre.data.write import to_line, to_spert
from jointre.errors import DataError
from jointre.readers.jsonl import JsonlReader
from jointre.readers.overlaps import without_overlaps
from jointre.readers.spert_json import SpertJsonReader

SENTENCE = {
    "tokens": ["Ann", "lives", "in", "Rome"],
    "entities": [{"type": "Peop", "start": 0, "end": 1}, {"type": "Loc", "start": 3, "end": 4}],
    "relations": [{"type": "Live_In", "head": 0, "tail": 1}],
    "orig_id": 7,
}
TYPES = {
    "entities": {"Peop": {"short": "Peop"}, "Loc": {"short": "Loc"}},
    "relations": {"Near": {"symmetric": True}, "Live_In": {"symmetric": False}},
}


def save(path: Path, data: Any) -> str:
    path.write_text(json.dumps(data), encoding="utf-8")
    return str(path)


def test_a_sentence(tmp_path: Path) -> None:
    reader = SpertJsonReader(save(tmp_path / "a.json", [SENTENCE]), save(tmp_path / "t.json", TYPES))
    (doc,) = reader
    assert doc == Doc(
        ["Ann", "lives", "in", "Rome"],
        [Entity(0, 1, "Peop"), Entity(3, 4, "Loc")],
        [Relation(0, 1, "Live_In")],
        id="a.json[0]",
        meta={"orig_id": 7},
    )
    labels = reader.labels()
    assert labels is not None
    assert labels.entities == ("Peop", "Loc")
    assert labels.relations == ("Near", "Live_In")
    assert labels.symmetric == {"Near"}


def test_prediction_input(tmp_path: Path) -> None:
    data = [
        ["Ann", "sings"],
        {"tokens": ["Ann"]},
        "Ann sings.",
        {"tokens": ["A"], "text": "a", "_meta": {"k": 1}},
    ]
    docs = list(SpertJsonReader(save(tmp_path / "a.json", data)))
    assert [doc.words for doc in docs] == [["Ann", "sings"], ["Ann"], ["Ann", "sings", "."], ["A"]]
    assert [doc.text for doc in docs] == [None, None, "Ann sings.", None]
    assert docs[3].meta == {"text": "a", "k": 1}


def test_sentences_one_per_line(tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_text((json.dumps(SENTENCE) + "\n") * 2, encoding="utf-8")
    assert [doc.id for doc in SpertJsonReader(str(tmp_path / "a.jsonl"))] == ["a.jsonl:1", "a.jsonl:2"]


def test_numbers_of_entities_in_quotes(tmp_path: Path) -> None:
    entities = [{"type": "X", "start": n, "end": n + 1} for n in (0, 1)]
    sentence = {"tokens": ["Ann", "sings"], "entities": entities}
    relations = [{"type": "R", "head": "0", "tail": "1"}, {"type": "R", "head": 1, "tail": 0}]
    path = tmp_path / "a.json"
    path.write_text(json.dumps([{**sentence, "relations": relations}]), encoding="utf-8")
    reader = SpertJsonReader(str(path))
    (doc,) = reader
    assert [(r.head, r.tail) for r in doc.relations] == [(0, 1), (1, 0)]
    assert reader.notices == [
        f"relations with a head or tail in quotes, read as a number: 1 (first in {path}[0])"
    ]
    path.write_text(
        json.dumps([{**sentence, "relations": [{**relations[0], "head": "a"}]}]), encoding="utf-8"
    )
    with pytest.raises(DataError, match="'head' is a string"):
        list(reader)


def test_faults_name_the_record(tmp_path: Path) -> None:
    wrong_type = {**SENTENCE, "entities": [{"type": "People", "start": 0, "end": 1}], "relations": []}
    wrong_span = {"tokens": ["a"], "entities": [{"type": "Loc", "start": 0, "end": 2}]}
    ours = {"tokens": ["a"], "entities": [{"label": "Loc", "start": 0, "end": 1}]}
    path = save(tmp_path / "a.json", [SENTENCE, wrong_type, wrong_span, ours, 3])
    with pytest.raises(DataError) as error:
        list(SpertJsonReader(path, save(tmp_path / "t.json", TYPES)))
    places = {fault.where: str(fault) for fault in error.value.faults}
    assert list(places) == [f"{path}[{n}]" for n in (2, 3, 4, 1)]
    assert "outside the 1 words" in places[f"{path}[2]"]
    assert "jointre.jsonl.v1" in places[f"{path}[3]"]
    assert "did you mean 'Peop'?" in places[f"{path}[1]"]


OVERLAPS: dict[str, Any] = {
    "tokens": ["codeine", "intoxication", "of", "Ann", "by", "codeine"],
    "entities": [
        {"type": "Effect", "start": 0, "end": 2},
        {"type": "Drug", "start": 0, "end": 1},
        {"type": "Drug", "start": 5, "end": 6},
        {"type": "Person", "start": 3, "end": 4},
    ],
}
CAUSE, FAR, WHO = [{"type": "By", "head": head, "tail": tail} for head, tail in ((0, 1), (0, 2), (0, 3))]


def left(folder: Path, policy: str, *relations: dict[str, Any]) -> list[tuple[list[str], list[str]]]:
    """Entities and relations, as texts, of what stays of the sentence with these relations."""
    path = save(folder / "a.json", [{**OVERLAPS, "relations": list(relations)}])
    return [
        (
            [doc.surface(entity) for entity in doc.entities],
            [" - ".join(doc.surface(doc.entities[end]) for end in (r.head, r.tail)) for r in doc.relations],
        )
        for doc in SpertJsonReader(path, overlapping=policy)  # type: ignore[arg-type]
    ]


def test_corpora_without_overlaps(tmp_path: Path) -> None:
    effect = "codeine intoxication"
    whole = [effect, "codeine", "codeine", "Ann"]
    assert left(tmp_path, "keep", CAUSE)[0][0] == whole
    assert left(tmp_path, "drop_sentence", CAUSE, WHO) == []
    assert left(tmp_path, "drop_relation", CAUSE) == [], "no relation stays"
    assert left(tmp_path, "drop_relation") == [(whole, [])], "it had none"
    far = f"{effect} - codeine"
    assert left(tmp_path, "drop_relation", CAUSE, FAR) == [([effect, "codeine", "Ann"], [far])]
    assert left(tmp_path, "drop_contained", CAUSE, FAR) == []
    assert left(tmp_path, "drop_contained", FAR, WHO) == [([effect, "codeine", "Ann"], [f"{effect} - Ann"])]
    with pytest.raises(ValueError, match="drop_sentence, drop_relation, drop_contained"):
        left(tmp_path, "drop")


def test_repeated_sentences(tmp_path: Path) -> None:
    other = {**SENTENCE, "entities": [], "relations": []}
    path = save(tmp_path / "a.json", [SENTENCE, {**other, "tokens": ["Ann"]}, other])
    assert len(list(SpertJsonReader(path))) == 3
    reader = SpertJsonReader(path, repeated="drop")
    assert [doc.id for doc in reader] == ["a.json[0]", "a.json[1]"]
    assert reader.notices == [f"sentences with the words of an earlier one, left out: 1 (first in {path}[2])"]


WITHOUT = {  # ADE: sentences, entities, relations; then the numbers in the notices
    "drop_sentence": ((4153, 10477, 6552), [119]),
    "drop_relation": ((4220, 10679, 6701), [120, 52, 12, 56]),
    "drop_contained": ((4216, 10658, 6682), [139, 56, 6, 67]),
}


@pytest.mark.parametrize("policy", WITHOUT)
def test_ade_without_overlaps(policy: str) -> None:
    reader = corpus("ade/ade_full", policy)
    docs = list(reader)
    sizes, counts = WITHOUT[policy]
    assert (len(docs), sum(len(d.entities) for d in docs), sum(len(d.relations) for d in docs)) == sizes
    assert [int(notice.split(": ")[1].split(" ")[0]) for notice in reader.notices] == counts


SHARED = Path(os.environ.get("JOINTRE_SHARED") or Path(__file__).parents[2] / "../shared").resolve()
COUNTS = {  # sentences, tokens, entities, relations (equal ones once)
    "conll04/spert_train": (922, 26525, 3377, 1283),
    "conll04/spert_dev": (231, 6993, 893, 343),
    "conll04/spert_test": (288, 8336, 1079, 422),
    "scierc/spert_train": (1861, 45412, 5598, 3219 - 4),
    "scierc/spert_dev": (275, 6521, 811, 455),
    "scierc/spert_test": (551, 13401, 1685, 974),
    "ade/ade_full": (4272, 90714, 10839, 6821),
}
REVERSED = {  # symmetric relations whose first argument stands later in the text: Compare, Conjunction
    "scierc/spert_train": (20, 32),
    "scierc/spert_dev": (7, 6),
    "scierc/spert_test": (7, 7),
}


def corpus(name: str, overlapping: Any = "keep") -> SpertJsonReader:
    path = SHARED / "data" / f"{name}.json"
    if not path.exists():
        pytest.skip(f"no public corpora at {SHARED / 'data'} (set JOINTRE_SHARED)")
    return SpertJsonReader(str(path), str(path.parent / "types.json"), overlapping)


@pytest.mark.parametrize("name", COUNTS)
def test_published_counts(name: str) -> None:
    reader = corpus(name)
    docs = list(reader)
    found = (
        len(docs),
        sum(len(doc.words) for doc in docs),
        sum(len(doc.entities) for doc in docs),
        sum(len(doc.relations) for doc in docs),
    )
    assert found == COUNTS[name]
    merged = ["duplicate relations, kept once: 4"] if name == "scierc/spert_train" else []
    assert [notice.split(" (")[0] for notice in reader.notices] == merged


@pytest.mark.parametrize("name", REVERSED)
def test_symmetric_relations_are_put_in_text_order(name: str) -> None:
    reader = corpus(name)
    labels = reader.labels()
    assert labels is not None
    assert labels.symmetric == {"Compare", "Conjunction"}

    def backward(docs: list[Doc]) -> Counter[str]:
        return Counter(
            relation.label
            for doc in docs
            for relation in doc.relations
            if relation.label in labels.symmetric
            and doc.entities[relation.tail].start < doc.entities[relation.head].start
        )

    docs = list(reader)
    canonical = [labels.canonical(doc) for doc in docs]
    assert (backward(docs)["Compare"], backward(docs)["Conjunction"]) == REVERSED[name]
    assert not backward(canonical)
    n_relations = [sum(len(doc.relations) for doc in some) for some in (docs, canonical)]
    assert n_relations[0] == n_relations[1]


@pytest.mark.parametrize("name", ["conll04/spert_dev", "scierc/spert_dev", "ade/ade_full"])
def test_public_corpora_round_trip_in_both_forms(name: str, tmp_path: Path) -> None:
    docs = list(corpus(name))
    (tmp_path / "a.jsonl").write_text("".join(to_line(doc) + "\n" for doc in docs), encoding="utf-8")
    assert list(JsonlReader(str(tmp_path / "a.jsonl"))) == docs
    again = SpertJsonReader(save(tmp_path / "a.json", [to_spert(doc) for doc in docs]))
    assert [to_spert(doc) for doc in again] == [to_spert(doc) for doc in docs]


class CountedWords(list):
    """Words that count how many of them are read, except one after the other."""

    def __init__(self, words):
        super().__init__(words)
        self.reads = 0

    def __getitem__(self, index):
        found = super().__getitem__(index)
        self.reads += len(found) if isinstance(index, slice) else 1
        return found


def test_many_relations_of_wide_entities_do_not_read_their_words_again_and_again():
    words, half = CountedWords(f"w{number}" for number in range(1000)), 500
    left = [Entity(start, half, "A") for start in range(100)]
    right = [Entity(half, half + width, "B") for width in range(401, 501)]
    relations = [Relation(i, 100 + j, "r") for i in range(100) for j in range(100)]
    doc = without_overlaps(Doc(words, [*left, *right], relations), "drop_contained", Report(), "x:1")
    assert doc is not None and len(doc.relations) == len(relations)
    assert words.reads <= len(words)
