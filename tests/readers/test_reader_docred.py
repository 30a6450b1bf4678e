"""DocRED: entities with several mentions in a document, and relations between entities."""

import json
from pathlib import Path
from typing import Any

import pytest

from jointre.data.doc import Doc, Entity
from jointre.errors import DataError
from jointre.readers.docred import DocredReader
from jointre.readers.open import open_data

SENTENCES = [["Mia", "Berg", "left", "."], ["Mia", "saw", "Kiel", "and", "Mia", "."], ["Kiel", "grew"]]


def mention(name: str, sentence: Any, *pos: Any, label: Any = "PER", **rest: Any) -> dict[str, Any]:
    return {"name": name, "sent_id": sentence, "pos": list(pos), "type": label, **rest}


MIA = [mention("Mia Berg", 0, 0, 2), mention("Mia", 1, 0, 1), mention("Mia", 1, 4, 5)]
KIEL = [mention("Kiel", 1, 2, 3, label="LOC", index="1_0"), mention("Kiel", 2, 0, 1, label="LOC")]
SAW = {"h": 0, "t": 1, "r": "saw", "evidence": [1]}
RECORD: dict[str, Any] = {"title": "Mia", "sents": SENTENCES, "vertexSet": [MIA, KIEL], "labels": [SAW]}


def save(folder: Path, *records: Any) -> str:
    path = folder / "a.json"
    path.write_text(json.dumps(records), encoding="utf-8")
    return str(path)


def related(doc: Doc) -> list[tuple[int, str, int]]:
    return [(doc.entities[r.head].start, r.label, doc.entities[r.tail].start) for r in doc.relations]


def test_a_document_with_its_sentences(tmp_path: Path) -> None:
    reader = open_data(save(tmp_path, {**RECORD, "source": 3}))
    assert isinstance(reader, DocredReader)
    (doc,) = reader
    assert doc.words == [word for sentence in SENTENCES for word in sentence]
    assert (doc.id, doc.meta, doc.sentences) == ("Mia", {"source": 3}, [(0, 4), (4, 10), (10, 12)])
    people = [Entity(0, 2, "PER"), Entity(4, 5, "PER"), Entity(8, 9, "PER")]
    assert doc.entities == [*people, Entity(6, 7, "LOC"), Entity(10, 11, "LOC")]
    assert related(doc) == [(4, "saw", 6)]
    assert [notice.split(" (first")[0] for notice in reader.notices] == [
        'relations of entities with several mentions, read between one pair of them (mentions = "one"): 1'
    ]


@pytest.mark.parametrize(
    ("sentences", "tails", "evidence", "pair"),
    [
        ([0, 1, 2], [1, 2], [2], (2, 2)),
        ([0, 1, 2], [1, 2], [0, 1], (1, 1)),
        ([0, 1, 2], [1, 2], [], (1, 1)),
        ([0, 2], [1, 2], [1], (2, 2)),
        ([0, 2], [1], None, (2, 1)),
        ([2, 0], [1], [7], (2, 1)),
    ],
)
def test_the_pair_that_stands_for_a_relation(
    tmp_path: Path, sentences: list[int], tails: list[int], evidence: Any, pair: tuple[int, int]
) -> None:
    record = {
        "sents": [["A", ",", "B", "."]] * 3,
        "vertexSet": [[mention("A", s, 0, 1) for s in sentences], [mention("B", s, 2, 3) for s in tails]],
        "labels": [{"h": 0, "t": 1, "r": "R", "evidence": evidence}],
    }
    reader = DocredReader(save(tmp_path, record))
    (doc,) = reader
    ((head, _, tail),) = related(doc)
    assert (head // 4, tail // 4, doc.id) == (*pair, "a.json[0]")
    assert any("without mentions in one sentence" in n for n in reader.notices) is (pair[0] != pair[1])


def test_all_pairs(tmp_path: Path) -> None:
    (doc,) = DocredReader(save(tmp_path, RECORD), mentions="all")
    assert len(doc.relations) == 6


def test_the_nearest_of_thousands_of_mentions(tmp_path: Path) -> None:
    many = [mention("A", 0, n, n + 1) for n in range(0, 20_000, 2)]
    others = [mention("A", 0, n + 1, n + 2) for n in range(0, 20_000, 2)]
    record = {"title": "t", "sents": [["A"] * 20_000], "vertexSet": [many, others], "labels": [SAW]}
    (doc,) = DocredReader(save(tmp_path, record))
    assert related(doc) == [(0, "saw", 1)]


def test_what_is_left_out_or_odd(tmp_path: Path) -> None:
    same = [mention("Mia", 1, 0, 1)]
    labels = [{**SAW, "h": 2, "t": 3}, SAW, SAW]
    record = {**RECORD, "vertexSet": [MIA, KIEL, same, [{**same[0], "name": "Ida"}]], "labels": labels}
    reader = DocredReader(save(tmp_path, {**record, "ner_tags": ["B-X"] * 12}))
    (doc,) = reader
    assert related(doc) == [(4, "saw", 6)] and len(doc.entities) == 5
    assert [notice.split(" (")[0] for notice in reader.notices] == [
        "mentions whose name differs from the words at their position, which is used: 1",
        "relations of entities with several mentions, read between one pair of them",
        "duplicate entities, kept once: 2",
        "duplicate relations, kept once: 1",
        "records with 'ner_tags'",
        "relations of an entity to itself, left out: 1",
    ]
    with pytest.raises(DataError, match=r"relation 0 \('saw'\) from entity 2 to 3"):
        list(DocredReader(save(tmp_path, record), repair=False))


def test_labels_of_hugging_face_and_none(tmp_path: Path) -> None:
    listed = {"head": [0], "tail": [1], "relation_id": ["saw"], "relation_text": ["saw"], "evidence": [[1]]}
    bare = {key: item for key, item in RECORD.items() if key != "labels"}
    path = save(
        tmp_path, {**RECORD, "labels": listed}, {**bare, "title": "b"}, {**bare, "title": "c", "labels": None}
    )
    assert [related(doc) for doc in open_data(path)] == [[(4, "saw", 6)], [], []]


FAULTY: list[tuple[Any, str]] = [
    ({**RECORD, "sents": [["a"], "b"]}, "'sents' is not a list of lists of words"),
    ({**RECORD, "vertexSet": [MIA, 3]}, "'vertexSet' is not a list with a list of mentions"),
    ({**RECORD, "vertexSet": [[], KIEL]}, "entity 0 has no mentions"),
    ({**RECORD, "vertexSet": [MIA, [3]]}, "entity 1, mention 0 is the number 3, not an object"),
    ({**RECORD, "vertexSet": [MIA, [mention("A", 0, 3, 5)]]}, "entity 1, mention 0: 3 to 5 (exclusive) is not"),
    ({**RECORD, "vertexSet": [MIA, [mention("A", 3, 0, 1)]]}, "entity 1, mention 0: there is no sentence 3"),
    ({**RECORD, "vertexSet": [MIA, [mention("A", 0, 1)]]}, "entity 1, mention 0: 'pos' is not [start, end]"),
    ({**RECORD, "vertexSet": [MIA, [mention("A", 0, 0, 1, label="")]]}, "entity 1, mention 0: 'type' is empty"),
    ({**RECORD, "labels": [{**SAW, "t": 2}]}, "relation 0: there is no entity 2, the document has 2"),
    ({**RECORD, "labels": [{**SAW, "r": None}]}, "relation 0: 'r' is null, not a string"),
    ({**RECORD, "labels": [{**SAW, "evidence": ["0"]}]}, "relation 0: 'evidence' is not a list with the numbers"),
    ({**RECORD, "labels": {"head": [0]}}, "'labels' has no lists of one length: head, tail"),
    ({**RECORD, "title": 3}, "'title' is the number 3, not a string"),
    (3, "a record is the number 3, not an object"),
]  # fmt: skip


def test_faults_name_the_record_all_at_once(tmp_path: Path) -> None:
    path = save(tmp_path, *(record for record, _ in FAULTY))
    with pytest.raises(DataError) as error:
        list(DocredReader(path))
    places = {fault.where: fault.what for fault in reversed(error.value.faults)}
    assert sorted(places) == sorted(f"{path}[{number}]" for number in range(len(FAULTY)))
    for number, (_, what) in enumerate(FAULTY):
        assert places[f"{path}[{number}]"].startswith(what), places
