"""From scored rows to documents, with values computed by hand."""

from dataclasses import replace

import pytest
import torch

from jointre.data.doc import Doc, Entity, Relation
from jointre.data.labels import Labels
from jointre.data.stages import Prediction
from jointre.models.decode import decode, merge_symmetric

LABELS = Labels(("X", "Y"), ("A", "B"), frozenset({"B"}))
APART = [Entity(1, 2, "X"), Entity(5, 6, "X")]
NESTED = [Entity(1, 2, "X"), Entity(1, 4, "X")]
WEAK_THEN_STRONG = [Relation(1, 0, "B", 0.50), Relation(0, 1, "B", 0.95)]
BOTH_NESTED = [Relation(0, 1, "B", 0.9), Relation(1, 0, "B", 0.8)]


@pytest.mark.parametrize(
    ("merge", "entities", "relations", "expected"),
    [
        ("first", APART, WEAK_THEN_STRONG, [Relation(0, 1, "B", 0.50)]),
        ("max", APART, WEAK_THEN_STRONG, [Relation(0, 1, "B", 0.95)]),
        ("max", APART, WEAK_THEN_STRONG[::-1], [Relation(0, 1, "B", 0.95)]),
        ("first", NESTED, BOTH_NESTED, BOTH_NESTED),
        ("max", NESTED, BOTH_NESTED, [Relation(0, 1, "B", 0.9)]),
        ("max", NESTED, BOTH_NESTED[::-1], [Relation(0, 1, "B", 0.9)]),
    ],
)
def test_check_values_of_symmetric_relations(merge, entities, relations, expected):
    assert merge_symmetric(entities, relations, LABELS.symmetric, merge) == expected


@pytest.mark.parametrize("merge", ["first", "max"])
def test_directed_relations_keep_their_direction(merge):
    relations = [Relation(1, 0, "A", 0.5), Relation(0, 1, "A", 0.9)]
    assert merge_symmetric(APART, relations, LABELS.symmetric, merge) == relations


@pytest.mark.parametrize("merge", ["first", "max"])
def test_either_direction_is_enough(merge):
    assert merge_symmetric(APART, [Relation(1, 0, "B", 0.5)], LABELS.symmetric, merge) == [
        Relation(0, 1, "B", 0.5)
    ]


def prediction(entities, relations):
    """Rows ``(doc, start, end, class, score)`` and ``(head, tail, column, score)``."""
    e = torch.tensor(entities).reshape(-1, 5)
    r = torch.tensor(relations).reshape(-1, 4)
    head, tail, label = (r[:, i].long() for i in range(3))
    typed = torch.ones(len(e), dtype=torch.bool)
    spans = e[:, 0].long(), e[:, 1:3].long(), e[:, 3].long(), e[:, 4]
    return Prediction(*spans, head, tail, label, r[:, 3], typed)


def test_documents_are_put_together():
    """Entities by (start, end), relations by their arguments, each document its own; text and id stay."""
    docs = [
        Doc(["a", "b", "c"], [Entity(0, 3, "X")], [], "a b c", [(0, 1), (2, 3), (4, 5)], "one", {"k": 1}),
        Doc(["d"], id="two"),
        Doc(["e", "f"], id="three"),
    ]
    found = prediction(
        [(0, 2, 3, 1, 0.75), (0, 0, 2, 2, 0.5), (0, 0, 1, 1, 0.25), (2, 1, 2, 2, 1.0), (2, 0, 1, 1, 1.0)],
        [(0, 2, 0, 0.5), (1, 0, 1, 0.75), (0, 1, 0, 0.25), (3, 4, 0, 1.0)],
    )
    one, two, three = decode(docs, found, LABELS, "max")
    assert one.entities == [Entity(0, 1, "X", 0.25), Entity(0, 2, "Y", 0.5), Entity(2, 3, "X", 0.75)]
    assert one.relations == [Relation(1, 2, "B", 0.75), Relation(2, 0, "A", 0.5), Relation(2, 1, "A", 0.25)]
    assert replace(one, entities=[], relations=[]) == docs[0].bare()
    assert two == Doc(["d"], id="two")
    assert three.entities == [Entity(0, 1, "X", 1.0), Entity(1, 2, "Y", 1.0)]
    assert three.relations == [Relation(1, 0, "A", 1.0)]
    assert docs[0].entities == [Entity(0, 3, "X")]


def test_nothing_found():
    assert decode([Doc(["a"])], prediction([], []), LABELS, "max") == [Doc(["a"])]
