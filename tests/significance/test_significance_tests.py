"""Bootstrap and randomisation against all resamples and all swaps, and p-values that can be worked out by hand."""

import random
from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from significance_toys import (
    METRICS,
    WholeDocuments,
    drawn,
    every_resample,
    means,
    one_entity,
    scores,
    swap,
    systems,
    weights_of,
)

from jointre.data.doc import Doc, Entity
from jointre.data.report import CorpusError
from jointre.metrics import EntityMetric
from jointre.significance import bootstrap, randomisation
from jointre.significance.compare import compare, slow_samples
from jointre.significance.p_values import holm
from jointre.significance.result import Settings
from jointre.significance.statistics import CountStatistic, Outputs

fewer = settings(max_examples=15)
RECALL = {"entities": ["entities_micro_r"]}


def report_of(gold, a, b, **options):
    """The comparison of two systems by recall of entities."""
    return compare(gold, a, b, {"entities": EntityMetric()}, RECALL, Settings(**{"samples": 500, **options}))


def only(comparison):
    """Its only figure."""
    ((figure,),) = [metric.scores for metric in comparison.metrics]
    return figure


@fewer
@given(found=systems(most=6, most_runs=1), kind=st.sampled_from(METRICS))
def test_the_bootstrap_over_all_resamples_is_what_enumeration_gives(found, kind):
    gold, a, b = found
    names = list(scores(kind(), gold, a[0]))
    rows, times = every_resample(len(gold))
    (fast,) = bootstrap.bootstrap(
        [CountStatistic(kind(), Outputs(gold, a, b), names)], [weights_of(rows, len(gold))]
    )
    differences = np.repeat(fast[:, 1] - fast[:, 0], times, axis=0)
    slow = []
    for row in rows:
        figures = [means(kind(), drawn(gold, row), [drawn(run, row) for run in s], names) for s in (a, b)]
        slow.append(np.subtract(*reversed(figures)))
    observed = np.subtract(*(means(kind(), gold, system, names) for system in (b, a)))
    for column in range(len(names)):
        far = [abs(row[column] - observed[column]) > abs(observed[column]) - 1e-12 for row in slow]
        share = sum(times[far]) / len(gold) ** len(gold)
        assert bootstrap.p_value(differences[:, column], observed[column], exact=True) == pytest.approx(share)


@fewer
@given(found=systems(most=6), kind=st.sampled_from(METRICS))
def test_exact_randomisation_is_what_enumeration_gives(found, kind):
    gold, a, b = found
    names = list(scores(kind(), gold, a[0]))
    report = compare(gold, a, b, {"m": kind()}, {"m": names}, Settings(tests=("randomisation",)))
    differences = []
    for chosen in product([False, True], repeat=len(gold)):
        new = swap(a, b, {number for number, swapped in enumerate(chosen) if swapped})
        differences.append(np.subtract(*(means(kind(), gold, system, names) for system in reversed(new))))
    observed = differences[0]
    for column, figure in enumerate(report.metrics[0].scores):
        large = [abs(row[column]) > abs(observed[column]) - 1e-12 for row in differences]
        assert figure.p["randomisation"].exact
        assert figure.p["randomisation"].p == pytest.approx(sum(large) / len(large))


def test_samples_come_near_what_all_resamples_give():
    gold, a = one_entity([True, True, False, False, True, False])
    b = one_entity([True, True, True, False, True, True])[1]
    statistic = CountStatistic(EntityMetric(), Outputs(gold, a, b), ["entities_micro_r"])
    rows, times = every_resample(6)
    (every,) = bootstrap.bootstrap([statistic], [weights_of(rows, 6)])
    (some,) = bootstrap.bootstrap([statistic], bootstrap.resamples(6, 20_000, seed=3))
    for system in (0, 1):
        whole = np.repeat(every[:, system, 0], times)
        assert some[:, system, 0].mean() == pytest.approx(whole.mean(), abs=0.01)
        assert some[:, system, 0].std() == pytest.approx(whole.std(), abs=0.01)


def test_each_resample_has_as_many_documents_as_the_corpus():
    parts = list(bootstrap.resamples(700, 5000, seed=1))
    assert len(parts) > 1 and sum(map(len, parts)) == 5000
    assert all((part.sum(axis=1) == 700).all() for part in parts)


def test_all_swaps_are_all_there_are():
    swaps = np.concatenate(list(randomisation.all_swaps(5)))
    assert sorted(map(tuple, swaps.tolist())) == sorted(product([False, True], repeat=5))
    assert [part.shape for part in randomisation.all_swaps(0)] == [(1, 0)]


def test_bootstrap_by_hand():
    """B finds both entities, A the first: over (1,1) (1,2) (2,1) (2,2) B - A is 0, .5, .5, 1; two are .5 off."""
    gold, a = one_entity([True, False])
    statistic = CountStatistic(EntityMetric(), Outputs(gold, a, [gold]), ["entities_micro_r"])
    weights = np.array([[2, 0], [1, 1], [1, 1], [0, 2]])
    (found,) = bootstrap.bootstrap([statistic], [weights])
    differences = found[:, 1, 0] - found[:, 0, 0]
    assert differences.tolist() == [0, 0.5, 0.5, 1]
    assert bootstrap.p_value(differences, 0.5, exact=True) == 0.5
    assert bootstrap.p_value(differences, 0.5) == 3 / 5
    assert bootstrap.interval(differences, 0.5) == pytest.approx((0.375, 0.625))


def test_one_document_that_differs_shows_nothing():
    gold, a = one_entity([True, True, False])
    p = only(report_of(gold, a, [gold])).p["randomisation"]
    assert (p.p, p.exact, p.samples) == (1.0, True, 2)


@pytest.mark.parametrize("documents", [2, 5, 10, 16])
def test_documents_that_all_favour_one_system(documents):
    gold, a = one_entity([False] * documents)
    figure = only(report_of(gold, a, [gold]))
    assert figure.p["randomisation"].p == 2 / 2**documents
    assert figure.difference.value == 1.0 and figure.difference.interval == (1.0, 1.0)
    assert figure.p["bootstrap"].p == pytest.approx(1 / 501)


def test_more_documents_than_can_be_enumerated_are_sampled():
    gold, a = one_entity([False] * 17)
    p = only(report_of(gold, a, [gold])).p["randomisation"]
    assert not p.exact and p.samples == 500 and p.p == pytest.approx(1 / 501)


@fewer
@given(found=systems())
def test_identical_systems_do_not_differ(found):
    gold, a, _ = found
    report = report_of(gold, a, a)
    figure = only(report)
    assert figure.difference.value == 0 and figure.difference.interval == (0, 0)
    assert {p.p for p in figure.p.values()} == {1.0}
    assert report.changed == () and report.metrics[0].differing == 0


@fewer
@given(found=systems(most=20))
def test_the_other_way_round_is_the_same_with_the_sign_changed(found):
    gold, a, b = found
    one, other = only(report_of(gold, a, b)), only(report_of(gold, b, a))
    assert one.difference.value == -other.difference.value
    assert one.difference.interval == pytest.approx([-x for x in reversed(other.difference.interval)])
    assert (one.a, one.b) == (other.b, other.a)
    assert {test: p.p for test, p in one.p.items()} == {test: p.p for test, p in other.p.items()}


def by_chance(chance, sizes):
    """A system that finds each of so many entities a document with the same chance."""
    found = [[Entity(i, i + 1, "X") for i in range(size) if chance.random() < 0.6] for size in sizes]
    return [[Doc(["word"] * 9, entities) for entities in found]]


@pytest.mark.parametrize("test", ["randomisation", "bootstrap"])
def test_without_a_difference_p_is_about_uniform(test):
    chance, found = random.Random(7), []
    for number in range(150):
        sizes = [chance.randint(1, 9) for _ in range(80)]
        gold = [Doc(["word"] * 9, [Entity(i, i + 1, "X") for i in range(size)]) for size in sizes]
        a, b = by_chance(chance, sizes), by_chance(chance, sizes)
        found.append(only(report_of(gold, a, b, tests=(test,), samples=300, seed=number)).p[test].p)
    for level in (0.1, 0.25, 0.5, 0.75):
        assert sum(p <= level for p in found) / 150 == pytest.approx(level, abs=0.12)


def test_the_seed_decides_the_samples():
    chance = random.Random(1)
    gold, a = one_entity([chance.random() < 0.5 for _ in range(60)])
    b = one_entity([chance.random() < 0.6 for _ in range(60)])[1]
    assert report_of(gold, a, b).to_json() == report_of(gold, a, b).to_json()
    assert only(report_of(gold, a, b)).difference != only(report_of(gold, a, b, seed=1)).difference


def test_runs_are_averaged_and_swapped_together():
    gold, right = one_entity([True] * 4)
    wrong = one_entity([False] * 4)[1]
    figure = only(report_of(gold, right + wrong, right + right))
    assert (figure.a.value, figure.b.value) == (0.5, 1.0)
    assert figure.p["randomisation"].p == 2 / 2**4


def whole(*right, documents=6):
    """Runs that find the entity of each document, or of none."""
    gold, _ = one_entity([True] * documents)
    return gold, [one_entity([found] * documents)[1][0] for found in right]


def test_the_variance_over_seeds_is_that_of_their_mean():
    """Every document is alike, so only seeds count: B - A is 1, 1, 1, 0, 0, and the variance of its mean s^2 / 5."""
    gold, b = whole(True, True, True, False, False)
    a = whole(False, False, False, False, False)[1]
    statistic = CountStatistic(EntityMetric(), Outputs(gold, a, b), ["entities_micro_r"])
    weights = bootstrap.resamples(len(gold), 20_000, seed=1)
    (found,) = bootstrap.bootstrap([statistic], weights, bootstrap.run_resamples(5, 20_000, seed=1))
    differences = found[:, 1, 0] - found[:, 0, 0]
    assert differences.mean() == pytest.approx(0.6, abs=0.01)
    assert differences.var() == pytest.approx(np.var([1, 1, 1, 0, 0], ddof=1) / 5, rel=0.05)


def test_seeds_that_vary_widen_the_interval_and_documents_alone_do_not_see_it():
    gold, b = whole(True, True, True, False, False)
    a = whole(False, False, False, False, False)[1]
    figure = only(report_of(gold, a, b, tests=("bootstrap",)))
    assert figure.difference.interval == (0.6, 0.6) and figure.p["bootstrap"].p == pytest.approx(1 / 501)
    figure = only(report_of(gold, a, b, tests=("bootstrap", "seeds")))
    low, high = figure.difference.interval
    assert low <= 0.25 and high == 1.0 and figure.p["seeds"].p > 0.01 > figure.p["bootstrap"].p


def test_seeds_that_agree_leave_the_bootstrap_over_documents():
    chance = random.Random(3)
    gold, a = one_entity([chance.random() < 0.4 for _ in range(50)])
    b = one_entity([chance.random() < 0.7 for _ in range(50)])[1]
    both = report_of(gold, a * 3, b * 3, tests=("seeds",)), report_of(gold, a, b, tests=("bootstrap",))
    one, other = map(only, both)
    assert one.difference.interval == pytest.approx(other.difference.interval)
    assert one.p["seeds"].p == other.p["bootstrap"].p


def test_a_clear_difference_is_significant_over_seeds_and_none_is_not():
    chance = random.Random(5)
    runs = [[one_entity([chance.random() < share for _ in range(80)])[1][0] for _ in range(5)]
            for share in (0.3, 0.9, 0.9)]  # fmt: skip
    gold, (a, b, like_b) = one_entity([True] * 80)[0], runs
    figure = only(report_of(gold, a, b, tests=("seeds",)))
    assert figure.p["seeds"].p == pytest.approx(1 / 501) and figure.difference.interval[0] > 0.3
    assert only(report_of(gold, b, like_b, tests=("seeds",))).p["seeds"].p > 0.1
    figure = only(report_of(gold, b, b, tests=("seeds",)))
    assert figure.p["seeds"].p == 1.0 and figure.difference.interval == (0, 0)


def test_seeds_need_runs():
    gold, a = one_entity([True, False])
    with pytest.raises(CorpusError, match="needs two or more runs of each system"):
        report_of(gold, a, [gold], tests=("seeds",))


def test_one_run_fewer_than_there_are_is_drawn():
    drawn = bootstrap.run_resamples(4, 2000, seed=1)
    assert drawn.shape == (2000, 4) and (drawn.sum(axis=1) == 3).all()
    assert drawn.mean(axis=0) == pytest.approx([0.75] * 4, abs=0.05)


def test_a_slow_metric_is_compared_and_counts_its_samples():
    gold, a = one_entity([True, False, False, True, False])
    metrics, settings_ = {"whole": WholeDocuments()}, Settings(samples=40)
    calls: list[None] = []
    report = compare(gold, a, [gold], metrics, {"whole": ["whole"]}, settings_, lambda: calls.append(None))
    figure = only(report)
    assert (figure.a.value, figure.b.value, figure.p["randomisation"].p) == (0.4, 1.0, 2 / 2**3)
    assert figure.p["randomisation"].exact and len(calls) == 40 + 8 + 1 <= slow_samples(metrics, settings_)


def test_holm_by_hand():
    assert holm([0.01, 0.04, 0.03]) == pytest.approx([0.03, 0.06, 0.06])
    assert holm([0.9, 0.8]) == [1.0, 1.0]
    assert holm([0.2]) == [0.2]
