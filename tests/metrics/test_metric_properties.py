"""The metrics against an oracle that compares item by item, and what must not change a score."""

import random
from dataclasses import replace
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jointre.data.doc import Doc, Entity, Relation
from jointre.metrics import BoundaryMetric, EntityMetric, Metric, StrictMetric
from jointre.metrics.items import free_entities

LENGTH = 5
METRICS: list[type[Metric]] = [EntityMetric, BoundaryMetric, StrictMetric]
KEYS = ["micro_p", "micro_r", "micro_f", "macro_p", "macro_r", "macro_f"]
each_metric = pytest.mark.parametrize("kind", METRICS)


@st.composite
def docs(draw: st.DrawFn) -> Doc:
    bounds = st.tuples(st.integers(0, LENGTH - 1), st.integers(1, 2), st.sampled_from("XYZ"))
    spans = draw(st.lists(bounds, min_size=1, max_size=5))
    entities = [Entity(start, min(LENGTH, start + width), label) for start, width, label in spans]
    row = st.integers(0, len(entities) - 1)
    relations = draw(st.lists(st.builds(Relation, row, row, st.sampled_from("RS")), max_size=4))
    return Doc([str(i) for i in range(LENGTH)], entities, relations)


pair_lists = st.lists(st.tuples(docs(), docs()), min_size=1, max_size=4)


def rows(doc: Doc, kind: type[Metric]) -> list[list[object]]:
    """The items of a document written out the long way, in a list without repetitions."""
    found: list[list[object]] = []
    if kind is EntityMetric:
        found = [[e.label, e.start, e.end] for e in doc.entities]
    for rel in doc.relations if kind is not EntityMetric else []:
        item: list[object] = [rel.label]
        for end in (doc.entities[rel.head], doc.entities[rel.tail]):
            item += [end.start, end.end] + ([end.label] if kind is StrictMetric else [])
        found.append(item)
    return [item for i, item in enumerate(found) if item not in found[:i]]


def naive(pairs: list[tuple[Doc, Doc]], kind: type[Metric]) -> list[float]:
    """Six figures from true positives, false positives and false negatives, type by type."""
    table: dict[object, list[int]] = {}
    for gold, predicted in pairs:
        wanted, given_ = rows(gold, kind), rows(predicted, kind)
        for item in given_:
            table.setdefault(item[0], [0, 0, 0])[0 if item in wanted else 1] += 1
        for item in wanted:
            table.setdefault(item[0], [0, 0, 0])[2] += item not in given_

    def prf(tp: int, fp: int, fn: int) -> list[float]:
        p, r = tp / (tp + fp) if tp + fp else 0.0, tp / (tp + fn) if tp + fn else 0.0
        return [p, r, 2 * p * r / (p + r) if p + r else 0.0]

    each = [prf(*counts) for counts in table.values()]
    macro = [sum(column) / len(each) for column in zip(*each, strict=True)] or [0.0] * 3
    return prf(*(sum(column) for column in zip(*table.values(), strict=True))) + macro if table else [0.0] * 6


def scores(pairs: list[tuple[Doc, Doc]], kind: type[Metric]) -> list[float]:
    metric = kind()
    for gold, predicted in pairs:
        metric.update(gold, predicted)
    return [value for row in metric.table()[-2:] for value in row[2:5]]


def shuffled(doc: Doc, seed: int) -> Doc:
    """The same annotation with entities and relations in another order."""
    order = list(range(len(doc.entities)))
    random.Random(seed).shuffle(order)
    relations = [
        replace(rel, head=order.index(rel.head), tail=order.index(rel.tail)) for rel in doc.relations
    ]
    random.Random(seed).shuffle(relations)
    return replace(doc, entities=[doc.entities[i] for i in order], relations=relations)


def doubled(doc: Doc) -> Doc:
    """The same annotation twice, the second time with scores and with other rows as arguments."""
    shift = len(doc.entities)
    again = [Relation(rel.head + shift, rel.tail + shift, rel.label, 0.5) for rel in doc.relations]
    entities = doc.entities + [replace(entity, score=0.5) for entity in doc.entities]
    return replace(doc, entities=entities, relations=doc.relations + again)


@each_metric
@given(pairs=pair_lists)
def test_scores_are_those_of_the_oracle(kind: type[Metric], pairs: list[tuple[Doc, Doc]]) -> None:
    assert scores(pairs, kind) == pytest.approx(naive(pairs, kind), abs=1e-12)


@each_metric
@given(pairs=pair_lists, seed=st.integers(0, 99))
def test_order_does_not_matter(kind: type[Metric], pairs: list[tuple[Doc, Doc]], seed: int) -> None:
    other = [(shuffled(gold, seed), shuffled(predicted, seed + 1)) for gold, predicted in pairs]
    random.Random(seed).shuffle(other)
    assert scores(other, kind) == pytest.approx(scores(pairs, kind), abs=1e-12)


@each_metric
@given(pairs=pair_lists)
def test_saying_it_twice_changes_nothing(kind: type[Metric], pairs: list[tuple[Doc, Doc]]) -> None:
    assert scores([(doubled(g), doubled(p)) for g, p in pairs], kind) == scores(pairs, kind)


@each_metric
@given(pairs=pair_lists)
def test_exchanging_gold_and_prediction_exchanges_precision_and_recall(
    kind: type[Metric], pairs: list[tuple[Doc, Doc]]
) -> None:
    p, r, f, mp, mr, mf = scores(pairs, kind)
    assert scores([(b, a) for a, b in pairs], kind) == pytest.approx([r, p, f, mr, mp, mf])


@given(gold=st.lists(docs(), min_size=1, max_size=4))
def test_a_perfect_prediction_scores_one(gold: list[Doc]) -> None:
    for kind in METRICS:
        has_items = any(rows(doc, kind) for doc in gold)
        assert scores([(doc, doc) for doc in gold], kind) == [float(has_items)] * 6


@given(pairs=pair_lists)
def test_where_anything_is_strictly_correct_its_boundaries_are(pairs: list[tuple[Doc, Doc]]) -> None:
    assert (scores(pairs, StrictMetric)[0] > 0) <= (scores(pairs, BoundaryMetric)[0] > 0)


@settings(max_examples=200)
@given(doc=docs())
def test_what_the_overlap_filter_keeps_is_free_of_overlap_and_nothing_else_goes(doc: Doc) -> None:
    kept = free_entities(doc)
    extents = sorted(extent for _, extent in kept)  # type: ignore[type-var]
    assert all(one[1] <= other[0] for one, other in pairwise(extents))  # type: ignore[index]
    for entity in doc.entities:
        words = set(range(entity.start, entity.end))
        others = [
            e for e in doc.entities if (e.start, e.end, e.label) != (entity.start, entity.end, entity.label)
        ]
        alone = not any(words & set(range(e.start, e.end)) for e in others)
        assert alone == ((entity.label, (entity.start, entity.end)) in kept)
