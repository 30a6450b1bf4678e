"""Normal, EPO, SEO and Single, Double, Multiple: REDN's classes, and the counts of public corpora."""

import json
import os
from collections import Counter
from pathlib import Path

import pytest

from jointre.breakdowns import NTriples, Overlap, score_by
from jointre.data.doc import Doc, Entity, Relation
from jointre.inspection.counts import count
from jointre.metrics import StrictMetric

Triple = tuple[int, int, str]


def doc(*triples: Triple) -> Doc:
    return Doc(list("abcd"), [Entity(i, i + 1, "X") for i in range(4)], [Relation(*t) for t in triples])


def classes(breakdown: Overlap | NTriples, gold: Doc) -> list[str]:
    return [name for name, _, _ in breakdown.parts(gold, gold.bare())]


TABLE: list[tuple[list[Triple], list[str]]] = [
    ([(0, 1, "a"), (2, 3, "a")], ["Normal"]),
    ([(0, 1, "a"), (0, 1, "b")], ["EPO"]),
    ([(0, 1, "a"), (1, 0, "b")], ["SEO"]),
    ([(0, 1, "a"), (0, 2, "b")], ["SEO"]),
    ([(0, 1, "a"), (0, 1, "b"), (0, 2, "c")], ["EPO", "SEO"]),
    ([(0, 1, "a"), (0, 1, "b"), (2, 3, "c")], ["EPO"]),
    ([(0, 1, "a"), (0, 1, "a")], ["EPO"]),
    ([(0, 0, "a")], ["SEO"]),
    ([(0, 1, "a")], ["Normal"]),
    ([], ["Normal"]),
]


@pytest.mark.parametrize(("triples", "expected"), TABLE)
def test_overlap_classes_are_those_of_the_table(triples, expected):
    assert classes(Overlap(), doc(*triples)) == expected


@pytest.mark.parametrize("n_triples", range(6))
def test_number_of_triples(n_triples):
    found = classes(NTriples(), doc(*[(0, 1, str(i)) for i in range(n_triples)]))
    assert found == {0: [], 1: ["Single"], 2: ["Double"]}.get(n_triples, ["Multiple"])


def test_a_repeated_triple_can_be_dropped():
    twice = doc((0, 1, "a"), (0, 1, "a"))
    assert classes(Overlap(repeated="drop"), twice) == ["Normal"]
    assert [classes(NTriples(repeated=how), twice) for how in ("keep", "drop")] == [["Double"], ["Single"]]


@pytest.mark.parametrize("breakdown", [Overlap, NTriples])
def test_relations_that_are_none_are_left_out(breakdown):
    related = doc((0, 1, "a"), (0, 2, "Other"), (0, 1, "NA"))
    assert classes(breakdown(), related) == classes(breakdown(), doc((0, 1, "a")))
    assert classes(breakdown(no_relation=[]), related) != classes(breakdown(), related)


def test_an_argument_is_a_mention_or_a_string():
    gold = doc((0, 1, "a"), (2, 3, "b"))
    gold.words = ["Rome", "is", "Rome", "here"]
    assert classes(Overlap(), gold) == ["Normal"]
    assert classes(Overlap("surface"), gold) == ["SEO"]


def test_an_entity_that_stands_there_twice_is_one_mention():
    gold = doc((0, 1, "a"), (2, 3, "b"))
    gold.entities[2] = gold.entities[0]
    assert classes(Overlap(), gold) == ["SEO"]


def test_by_strings_all_published_triples_count():
    gold = doc((0, 1, "a"))
    gold.meta = {"triples": [["a", "r", "b"], ["a", "r", "not in the text"]]}
    assert classes(Overlap(), gold) == ["Normal"] and classes(NTriples(), gold) == ["Single"]
    assert classes(Overlap("surface"), gold) == ["SEO"] and classes(NTriples("surface"), gold) == ["Double"]


def test_a_sentence_is_scored_in_each_of_its_classes():
    gold = doc((0, 1, "a"), (0, 1, "b"), (0, 2, "c"))
    scores = score_by({"overlap": Overlap()}, [gold], [doc((0, 1, "a"))], {"strict": StrictMetric()})
    found = {
        name: bucket.metrics["strict"].table()[-2][5:] for name, bucket in scores["overlap"].buckets.items()
    }
    assert found == {"Normal": (0, 0, 0), "EPO": (3, 1, 1), "SEO": (3, 1, 1)}


def test_a_corpus_is_counted_by_its_classes():
    docs = [doc(*triples) for triples, _ in TABLE]
    expected = Counter(name for _, names in TABLE for name in names)
    found = count(docs, ["X"], ["a", "b", "c"]).triple_classes
    assert found == {**expected, "Single": 2, "Double": 5, "Multiple": 2}
    assert list(found) == ["Normal", "EPO", "SEO", "Single", "Double", "Multiple"]


SHARED = Path(os.environ.get("JOINTRE_SHARED") or Path(__file__).parents[2] / "../shared").resolve()
PUBLISHED = {  # Normal, EPO, SEO; EPO with repeated triples
    "webnlg/exact_train.json": (1859, 39, 3154, 40),
    "webnlg/exact_dev.json": (157, 4, 343, 5),
    "webnlg/exact_test.json": (254, 6, 448, 6),
    "webnlg/star_train.json": (1601, 161, 3402, 227),
    "webnlg/star_dev.json": (182, 13, 318, 16),
    "webnlg/star_test.json": (246, 18, 457, 26),
    "nyt/star_dev.json": (3306, 849, 1350, 849),
    "nyt/star_test.json": (3266, 978, 1297, 978),
    "nyt/exact_dev.jsonl": (3336, 844, 1320, 844),
    "nyt/exact_test.jsonl": (3289, 969, 1273, 969),
}


@pytest.mark.parametrize("name", PUBLISHED)
def test_classes_of_the_public_corpora(name):
    """Triples of strings, once each; EPO once more with repeated ones, as papers print it."""
    path = SHARED / "data" / name
    if not path.exists():
        pytest.skip(f"no public corpora at {SHARED / 'data'} (set JOINTRE_SHARED)")
    text = path.read_text("utf8")
    records = map(json.loads, text.splitlines()) if name.endswith("l") else json.loads(text)
    docs = [Doc([], meta={"triples": triples(record)}) for record in records]
    found = Counter(c for gold in docs for c in classes(Overlap("surface", "drop"), gold))
    repeated = sum("EPO" in classes(Overlap("surface"), gold) for gold in docs)
    assert (found["Normal"], found["EPO"], found["SEO"], repeated) == PUBLISHED[name]


def triples(record: dict) -> list[list[str]]:
    mentions = [[m["em1Text"], m["label"], m["em2Text"]] for m in record.get("relationMentions", [])]
    return record.get("spo_list") or record.get("triple_list") or mentions
