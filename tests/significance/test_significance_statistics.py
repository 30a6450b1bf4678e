"""Figures of resampled and swapped corpora against `Metric.compute` on the documents themselves."""

from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from significance_toys import (
    METRICS,
    WholeDocuments,
    drawn,
    means,
    one_entity,
    scores,
    swap,
    systems,
    weights_of,
)

from jointre.metrics import StrictMetric
from jointre.metrics.overall import OverallMetric
from jointre.metrics.redn import RednMetric
from jointre.metrics.semeval import SemevalMetric
from jointre.metrics.triples import TriplesMetric
from jointre.significance.changes import changed_docs, totals
from jointre.significance.compare import statistic_of
from jointre.significance.statistics import CountStatistic, Outputs, RecomputedStatistic, only_counts

each_metric = pytest.mark.parametrize(
    "kind", [*METRICS, OverallMetric, SemevalMetric, RednMetric, TriplesMetric]
)
fewer = settings(max_examples=20)


def counted(kind, gold, a, b):
    names = list(scores(kind(), gold, a[0]))
    statistic = statistic_of(kind(), Outputs(gold, a, b), names)
    assert statistic.cheap
    return names, statistic


@each_metric
@fewer
@given(found=systems(), data=st.data())
def test_resampled_figures_are_those_of_the_resampled_documents(kind, found, data):
    gold, a, b = found
    rows = data.draw(st.lists(st.lists(st.integers(0, len(gold) - 1), min_size=1), min_size=1, max_size=3))
    names, statistic = counted(kind, gold, a, b)
    fast = statistic.resampled(weights_of(rows, len(gold)))
    for row, figures in zip(rows, fast, strict=True):
        for system, values in zip((a, b), figures, strict=True):
            runs = [drawn(run, row) for run in system]
            assert values == pytest.approx(means(kind(), drawn(gold, row), runs, names), abs=1e-14)


@each_metric
@fewer
@given(found=systems(most_runs=3), data=st.data())
def test_figures_of_drawn_runs_are_those_of_a_system_of_these_runs(kind, found, data):
    gold, a, b = found
    names, fast = counted(kind, gold, a, b)
    times = data.draw(st.lists(st.integers(0, 2), min_size=len(a), max_size=len(a)).filter(any))
    weights, runs = np.ones((1, len(gold))), np.array([times])
    again = [
        [run for run, often in zip(system, times, strict=True) for _ in range(often)] for system in (a, b)
    ]
    expected = [means(kind(), gold, system, names) for system in again]
    slow = RecomputedStatistic(kind(), Outputs(gold, a, b), names)
    for statistic in (fast, slow):
        assert statistic.resampled(weights, runs)[0] == pytest.approx(np.array(expected), abs=1e-14)


@each_metric
@fewer
@given(found=systems())
def test_swapped_figures_are_those_of_the_swapped_documents(kind, found):
    gold, a, b = found
    names, statistic = counted(kind, gold, a, b)
    swaps = np.array(list(product([False, True], repeat=len(statistic.differing))), bool)
    for swapped, figures in zip(swaps, statistic.swapped(swaps), strict=True):
        new = swap(a, b, set(statistic.differing[swapped].tolist()))
        for system, values in zip(new, figures, strict=True):
            assert values == pytest.approx(means(kind(), gold, system, names), abs=1e-14)


@fewer
@given(found=systems())
def test_a_document_differs_only_if_swapping_it_can_matter(found):
    gold, a, b = found
    metric = StrictMetric()
    _, statistic = counted(StrictMetric, gold, a, b)
    for number in range(len(gold)):
        sizes = [
            [(len(metric.items(run[number])), len(metric.items(run[number]) & metric.items(gold[number]))) for run in s]
            for s in (a, b)
        ]  # fmt: skip
        assert number in statistic.differing or sizes[0] == sizes[1]


@fewer
@given(found=systems(most=3), data=st.data())
def test_the_slow_way_gives_what_the_fast_way_gives(found, data):
    gold, a, b = found
    names, fast = counted(StrictMetric, gold, a, b)
    slow = RecomputedStatistic(StrictMetric(), Outputs(gold, a, b), names)
    weights = np.array([data.draw(st.lists(st.integers(0, 2), min_size=len(gold), max_size=len(gold)))])
    assert slow.resampled(weights) == pytest.approx(fast.resampled(weights), abs=1e-14)
    assert set(fast.differing) <= set(slow.differing)
    swaps = np.ones((1, len(slow.differing)), bool)
    assert slow.swapped(swaps)[0] == pytest.approx(slow.observed()[::-1], abs=1e-14)


def test_any_other_metric_takes_the_slow_way():
    gold, a = one_entity([True, False, True])
    statistic = statistic_of(WholeDocuments(), Outputs(gold, a, [gold]), ["whole"])
    assert isinstance(statistic, RecomputedStatistic)
    assert statistic.observed().ravel().tolist() == pytest.approx([2 / 3, 1.0])
    assert statistic.differing.tolist() == [1]


def test_a_metric_that_counts_in_its_own_way_takes_the_slow_way():
    class Weighted(StrictMetric):
        def compute(self):
            return {"strict_weighted": 0.5}

    assert only_counts(StrictMetric()) and not only_counts(Weighted())


def test_large_counts_stay_exact():
    gold, a = one_entity([True] * 3)
    statistic = CountStatistic(METRICS[0](), Outputs(gold, a, a), ["entities_micro_p"])
    weights = np.array([[2**24 - 1, 1, 1]])
    assert statistic.resampled(weights).tolist() == [[[1.0], [1.0]]]


@fewer
@given(found=systems())
def test_changes_add_up_to_the_difference_of_the_counts(found):
    gold, a, b = found
    metric = StrictMetric()
    changes = totals(changed_docs(gold, a, b, {"strict": metric}), "strict")
    correct, predicted = [], []
    for system in (a, b):
        pairs = [(metric.items(g), metric.items(p)) for run in system for g, p in zip(gold, run, strict=True)]
        correct.append(sum(len(wanted & found) for wanted, found in pairs))
        predicted.append(sum(len(found) for _, found in pairs))
    assert changes["gained"] - changes["lost"] == correct[1] - correct[0]
    false = changes["new false"] - changes["gone false"]
    assert false + changes["gained"] - changes["lost"] == predicted[1] - predicted[0]
