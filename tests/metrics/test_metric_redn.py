"""The micro F1 of REDN: what is on a pair that gold does not relate is not looked at."""

import pytest

from jointre.data.doc import Doc, Entity, Relation
from jointre.metrics import RednMetric
from jointre.significance.changes import changed_docs
from jointre.significance.statistics import only_counts

ENTITIES = [Entity(0, 1, "Entity"), Entity(1, 2, "Entity"), Entity(2, 3, "Entity")]


def doc(*relations: tuple[int, int, str]) -> Doc:
    return Doc(["a", "b", "c"], ENTITIES, [Relation(*relation) for relation in relations])


def counts(gold: Doc, predicted: Doc, **options) -> tuple[int, int, int]:
    """Gold, predicted, correct."""
    metric = RednMetric(**options)
    metric.update(gold, predicted)
    row = metric.table()[-2]
    return row.gold, row.predicted, row.correct


@pytest.mark.parametrize(
    ("gold", "predicted", "expected"),
    [
        pytest.param([(0, 1, "r")], [(0, 1, "r"), (0, 1, "s")], (1, 2, 1), id="several types on a pair"),
        pytest.param([(0, 1, "r"), (0, 1, "s")], [(0, 1, "s")], (2, 1, 1), id="gold with two types"),
        pytest.param([(0, 1, "r")], [(0, 2, "r")], (1, 0, 0), id="a pair without gold is left out"),
        pytest.param([(0, 1, "Other")], [(0, 1, "r")], (0, 0, 0), id="a false alarm on Other is free"),
        pytest.param([], [(0, 1, "r")], (0, 0, 0), id="and so where Other is no relation"),
        pytest.param([(0, 1, "r")], [(0, 1, "Other")], (1, 1, 0), id="Other on a relation is wrong"),
        pytest.param([(0, 1, "r")], [], (1, 0, 0), id="nothing on a relation is missed"),
        pytest.param([(0, 1, "NA"), (0, 1, "r")], [(0, 1, "r")], (0, 0, 0), id="the first label decides"),
        pytest.param([(0, 1, "r"), (0, 1, "NA")], [(0, 1, "r")], (2, 1, 1), id="the second one counts"),
        pytest.param([(0, 1, "r")], [(1, 0, "r")], (1, 1, 0), id="the other direction is wrong"),
    ],
)
def test_counts(gold, predicted, expected):
    assert counts(doc(*gold), doc(*predicted)) == expected


def test_ordered_pairs_leave_the_other_direction_out():
    pair = doc((0, 1, "r")), doc((0, 1, "r"), (1, 0, "s"))
    assert counts(*pair) == (1, 2, 1)
    assert counts(*pair, pairs="ordered") == (1, 1, 1)
    assert "ordered" in RednMetric("ordered").protocol


def test_the_name_of_no_relation_can_be_another():
    pair = doc((0, 1, "nil")), doc((0, 1, "r"))
    assert counts(*pair) == (1, 1, 0)
    assert counts(*pair, no_relation=["nil"]) == (0, 0, 0)


def test_a_comparison_of_systems_looks_at_the_same_pairs():
    gold, better = doc((0, 1, "r")), doc((0, 1, "r"), (0, 2, "r"))
    (changed,) = changed_docs([gold], [[doc()]], [[better]], {"redn": RednMetric()})
    assert [(change.kind, change.item[0]) for change in changed.changes] == [("gained", "r")]
    assert only_counts(RednMetric())
