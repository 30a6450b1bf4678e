"""The last-word protocol beside strict and boundaries, and the overall figure."""

import pytest

from jointre.data.doc import Doc, Entity, Relation
from jointre.metrics import BoundaryMetric, EntityMetric, LastWordMetric, OverallMetric, StrictMetric
from jointre.registry import registry

WORDS = ["Miss", "Ada", "Brenner", "leads", "the", "Graz", "office"]
GOLD = Doc(WORDS, [Entity(1, 3, "Person"), Entity(5, 7, "Place")], [Relation(0, 1, "leads")])


def predicted(head: Entity, tail: Entity, label: str = "leads", turned: bool = False) -> Doc:
    return Doc(WORDS, [head, tail], [Relation(1, 0, label) if turned else Relation(0, 1, label)])


def scored(metric, doc: Doc) -> float:
    metric.update(GOLD, doc)
    return metric.compute()[f"{metric.prefix}_micro_f"]


@pytest.mark.parametrize(
    ("doc", "strict", "boundaries", "last_word"),
    [
        (predicted(Entity(1, 3, "Person"), Entity(5, 7, "Place")), 1, 1, 1),
        (predicted(Entity(2, 3, "Person"), Entity(5, 7, "Place")), 0, 0, 1),
        (predicted(Entity(0, 3, "Person"), Entity(6, 7, "Place")), 0, 0, 1),
        (predicted(Entity(1, 3, "Place"), Entity(5, 7, "Place")), 0, 1, 0),
        (predicted(Entity(1, 2, "Person"), Entity(5, 7, "Place")), 0, 0, 0),
        (predicted(Entity(1, 3, "Person"), Entity(5, 7, "Place"), turned=True), 0, 0, 0),
        (predicted(Entity(1, 3, "Person"), Entity(5, 7, "Place"), "owns"), 0, 0, 0),
    ],
)
def test_a_left_boundary_counts_in_strict_only(doc, strict, boundaries, last_word):
    assert [scored(metric(), doc) for metric in (StrictMetric, BoundaryMetric, LastWordMetric)] == [
        strict,
        boundaries,
        last_word,
    ]


@pytest.mark.parametrize("relations", ["strict", "boundaries", "last_word"])
def test_overall_is_the_mean_of_two_f1s(relations):
    doc = predicted(Entity(2, 3, "Person"), Entity(5, 7, "Place"))
    overall, entities = OverallMetric(relations), EntityMetric()
    single = registry.metrics.get(f"jointre.{relations}.v1")()
    for metric in (overall, entities, single):
        metric.update(GOLD, doc)
    figures = {**entities.compute(), **single.compute(), **overall.compute()}
    for average in ("micro", "macro"):
        mean = (figures[f"entities_{average}_f"] + figures[f"{relations}_{average}_f"]) / 2
        assert figures[f"overall_{average}_f"] == pytest.approx(mean)
    overall.reset(given=True)
    assert relations in overall.protocol and overall.protocol.endswith("; gold entities")
    overall.reset()
    with pytest.warns(UserWarning, match="neither gold nor predictions"):
        assert overall.compute() == {"overall_micro_f": 0.0, "overall_macro_f": 0.0}
