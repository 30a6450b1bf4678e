"""Scores of buckets: they add up to the whole, and where there is nothing there is no score."""

import json
from collections import Counter
from collections.abc import Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jointre.breakdowns import (
    Breakdown,
    Broken,
    Distance,
    Length,
    NEntities,
    NRelations,
    RelationType,
    flat,
    flat_names,
    score_by,
    unknown,
    wrong_metric,
)
from jointre.data.doc import Doc, Entity, Relation
from jointre.metrics import BoundaryMetric, EntityMetric, Metric, StrictMetric
from jointre.rendering.breakdowns import breakdowns_text
from jointre.testing import toy_docs

BREAKDOWNS: dict[str, Breakdown] = {
    "length": Length([3, 5]),
    "entities": NEntities([1, 3]),
    "relations": NRelations([1, 2]),
    "distance": Distance([1, 2]),
    "type": RelationType(),
}


def new_metrics(overlapping: str = "keep") -> dict[str, Metric]:
    kinds = {"entities": EntityMetric, "boundaries": BoundaryMetric, "strict": StrictMetric}
    return {name: kind(overlapping) for name, kind in kinds.items()}  # type: ignore[arg-type]


@st.composite
def docs(draw: st.DrawFn, length: int) -> Doc:
    spans = st.tuples(st.integers(0, length - 1), st.integers(1, 2), st.sampled_from("XY"))
    entities = [Entity(s, min(length, s + w), label) for s, w, label in draw(st.lists(spans, max_size=4))]
    row = st.integers(0, max(0, len(entities) - 1))
    relations = st.lists(st.builds(Relation, row, row, st.sampled_from("RST")), max_size=4)
    return Doc([str(i) for i in range(length)], entities, draw(relations) if entities else [])


pair_lists = st.lists(
    st.integers(1, 6).flatmap(lambda length: st.tuples(docs(length), docs(length))), max_size=5
)


def counts(metric: Metric) -> Counter[str]:
    """Gold, predicted and correct items by type."""
    found = {
        (label, key): scores[key]
        for label, scores in metric.to_json()["types"].items()
        for key in ("gold", "predicted", "correct")
    }
    return Counter(found)  # type: ignore[arg-type]


@pytest.mark.parametrize("overlapping", ["keep", "drop"])
@given(pairs=pair_lists)
def test_counts_of_the_buckets_add_up_to_those_of_the_whole(
    overlapping: str, pairs: list[tuple[Doc, Doc]]
) -> None:
    golds, found = [gold for gold, _ in pairs], [predicted for _, predicted in pairs]
    whole = new_metrics(overlapping)
    for metric in whole.values():
        for pair in pairs:
            metric.update(*pair)
    for name, broken in score_by(BREAKDOWNS, golds, found, new_metrics(overlapping)).items():
        for key in broken.metrics:
            buckets = [bucket.metrics[key] for bucket in broken.buckets.values()]
            assert sum(map(counts, buckets), Counter()) == +counts(whole[key]), (name, key)
        if broken.breakdown.unit == "documents":
            assert sum(bucket.documents for bucket in broken.buckets.values()) == len(pairs)
            assert sum(bucket.entities for bucket in broken.buckets.values()) == sum(
                len(doc.entities) for doc in golds
            )
        assert sum(bucket.relations for bucket in broken.buckets.values()) == sum(
            len(doc.relations) for doc in golds
        )


@given(pairs=pair_lists)
def test_a_figure_is_there_exactly_where_there_is_something_to_score(pairs: list[tuple[Doc, Doc]]) -> None:
    scores = score_by(BREAKDOWNS, [g for g, _ in pairs], [p for _, p in pairs], new_metrics())
    found = flat(scores)
    for name, broken in scores.items():
        for bucket, content in broken.buckets.items():
            for key, metric in content.metrics.items():
                items = sum(counts(metric).values())
                assert (f"{key}_micro_f@{name}:{bucket}" in found) == (items > 0)


def test_a_breakdown_of_relations_leaves_entities_out_and_says_so() -> None:
    docs = toy_docs()
    scores = score_by(BREAKDOWNS, docs, docs, new_metrics())
    assert {name: broken.left_out for name, broken in scores.items()} == {
        "length": [],
        "entities": [],
        "relations": [],
        "distance": ["entities"],
        "type": ["entities"],
    }
    assert list(scores["type"].buckets) == ["based_in", "knows", "leads", "works_for"]
    assert not any(name.startswith("entities_") for name in flat({"type": scores["type"]}))


def test_metrics_that_are_given_keep_what_they_hold() -> None:
    doc = toy_docs()[0]
    metrics = new_metrics()
    metrics["strict"].update(doc, doc)
    before = metrics["strict"].to_json()
    score_by(BREAKDOWNS, toy_docs(), toy_docs(), metrics)
    assert metrics["strict"].to_json() == before


def test_flat_names_are_those_that_scores_have() -> None:
    docs = toy_docs(12)
    given_names = flat_names(BREAKDOWNS, new_metrics())
    assert given_names.pop("type") is None
    found = [name for name in flat(score_by(BREAKDOWNS, docs, docs, new_metrics())) if "@type" not in name]
    assert "strict_macro_f@length:>4" in found
    assert set(found) <= {name for names in given_names.values() if names for name in names}


@pytest.mark.parametrize(
    ("name", "faults"),
    [
        ("strict_micro_f@length:>4", []),
        ("strict_micro_f@type:Kill", []),
        ("strict_micro_f@lenght:>4", ["unknown breakdown: 'lenght'"]),
        ("strict_micro@length:4", ["length has no score 'strict_micro'", "length has no bucket '4'"]),
        ("entities_micro_f@distance:1", ["distance has no score 'entities_micro_f'"]),
        ("strict_micro_f@type", ["type has no bucket ''"]),
        ("strict_micro_f", ["unknown breakdown: ''"]),
    ],
)
def test_what_is_wrong_with_a_flat_name(name: str, faults: list[str]) -> None:
    assert [fault.what for fault in wrong_metric(name, BREAKDOWNS, new_metrics(), "here")] == faults


def test_an_unknown_name_gets_a_suggestion_once() -> None:
    (near, far) = unknown(["lenght", "lenght", "x", "type"], BREAKDOWNS, "--by")
    assert near.remedy == "did you mean 'length'?"
    assert far.remedy == "known: length, entities, relations, distance, type"


def scored(breakdowns: Mapping[str, Breakdown], golds: list[Doc], found: list[Doc]) -> dict[str, Broken]:
    return score_by(breakdowns, golds, found, {"strict": StrictMetric()})


def test_an_empty_bucket_is_a_dash_in_tables_and_null_in_json() -> None:
    doc = toy_docs()[2]
    scores = scored({"length": Length([3, 4, 9])}, [doc, Doc(["a", "b"])], [doc, Doc(["a", "b"])])
    lines = breakdowns_text(scores, width=80).splitlines()
    assert lines[0] == "By length (sentence length in words)"
    assert [line.split() for line in lines[3:]] == [
        ["bucket", "documents", "gold", "P", "R", "F1", "macro", "F1"],
        ["<3", "1", "0", "-", "-", "-", "-"],
        ["3", "0", "0", "-", "-", "-", "-"],
        ["4-8", "1", "1", "100.00", "100.00", "100.00", "100.00"],
        [">8", "0", "0", "-", "-", "-", "-"],
    ]
    stored = json.loads(json.dumps(scores["length"].to_json()))
    assert stored["buckets"]["<3"] == {
        "documents": 1,
        "entities": 0,
        "relations": 0,
        "scores": {"strict": None},
    }
    assert stored["buckets"]["4-8"]["scores"]["strict"]["protocol"].startswith("strict")


def test_predictions_where_gold_has_nothing_are_scored() -> None:
    doc = toy_docs()[2]
    scores = scored({"relations": NRelations()}, [doc.bare()], [doc])
    assert flat(scores)["strict_micro_p@relations:0"] == 0.0


def test_no_relation_at_all_is_said() -> None:
    text = breakdowns_text(scored({"type": RelationType()}, [Doc(["a"])], [Doc(["a"])]))
    assert "neither gold nor predictions contain any relation" in text


@pytest.mark.parametrize("width", [40, 80])
def test_tables_keep_to_the_width(width: int) -> None:
    docs = toy_docs()
    text = breakdowns_text(score_by(BREAKDOWNS, docs, docs, new_metrics()), width)
    assert max(map(len, text.splitlines())) <= width
    assert ("documents" in text) == (width == 80)


class Share(Metric):
    """A metric that is no precision and recall."""

    protocol = "share: documents that are right"

    def __init__(self) -> None:
        self.reset()

    def update(self, gold: Doc, predicted: Doc) -> None:
        self.seen.append(gold.relations == predicted.relations)

    def compute(self) -> dict[str, float]:
        return {"share": sum(self.seen) / max(1, len(self.seen))}

    def reset(self, given: bool = False) -> None:
        super().reset(given)
        self.seen: list[bool] = []


def test_any_metric_can_be_broken_down_by_documents() -> None:
    docs = toy_docs(3)
    scores = score_by({"length": Length([5])}, docs, docs, {"share": Share()})
    assert flat(scores) == {"share@length:<5": 1.0, "share@length:>4": 1.0}
    assert [line.split() for line in breakdowns_text(scores).splitlines()[3:]] == [
        ["bucket", "documents", "share"],
        ["<5", "1", "100.00"],
        [">4", "2", "100.00"],
    ]
    assert score_by({"type": RelationType()}, docs, docs, {"share": Share()})["type"].left_out == ["share"]
