"""Compare two systems on one corpus: docs/statistics.md explains each test."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

import numpy as np

from jointre.data.doc import Doc
from jointre.data.report import CorpusError
from jointre.errors import Fault
from jointre.metrics.base import Metric
from jointre.metrics.matching import MatchingMetric
from jointre.metrics.overall import OverallMetric
from jointre.significance import bootstrap, randomisation
from jointre.significance.changes import changed_docs
from jointre.significance.p_values import holm
from jointre.significance.result import (
    Comparison,
    Estimate,
    MetricComparison,
    PValue,
    ScoreComparison,
    Settings,
    Test,
)
from jointre.significance.statistics import (
    Array,
    CountStatistic,
    MeanStatistic,
    Outputs,
    RecomputedStatistic,
    Statistic,
    System,
    only_counts,
    only_means,
)


def compare(
    gold: Sequence[Doc],
    a: System,
    b: System,
    metrics: Mapping[str, Metric],
    scores: Mapping[str, Sequence[str]],
    settings: Settings | None = None,
    advance: Callable[[], None] = lambda: None,
) -> Comparison:
    """Compare the predictions of two systems for the same documents.

    Args:
        gold: the documents, at least one.
        a, b: their predictions in the order of ``gold``; the runs of A and B are paired.
        metrics: by name.
        scores: the names of the scores to compare, by the name of their metric.
        settings: how to test.
        advance: called after each sample of a metric that is not computed from counts; see `slow_samples`.

    Raises:
        CorpusError: there is only one run of each system, but the seeds are to be resampled.
    """
    settings = settings or Settings()
    if "seeds" in settings.tests and len(a) < 2:
        remedy = "compare variants with several seeds, EXPERIMENT/runs/VARIANT, or use another test"
        fault = Fault("the test of seeds needs two or more runs of each system", "--test", remedy)
        raise CorpusError("these predictions cannot be compared", [fault])
    outputs = Outputs(gold, a, b)
    statistics = [statistic_of(metrics[name], outputs, scores[name], advance) for name in scores]
    resampled = _resampled(statistics, len(gold), len(a), settings)
    tables = [_compared(*pair, settings) for pair in zip(statistics, resampled, strict=True)]
    corrected = iter(_corrected([row for table in tables for row in table]))
    results = tuple(
        MetricComparison(
            name, metrics[name].protocol, len(s.differing), tuple(next(corrected) for _ in table)
        )
        for name, s, table in zip(scores, statistics, tables, strict=True)
    )
    matching = {name: m for name in scores if isinstance(m := metrics[name], MatchingMetric)}
    return Comparison(len(gold), len(a), settings, results, tuple(changed_docs(gold, a, b, matching)))


def statistic_of(
    metric: Metric, outputs: Outputs, scores: Sequence[str], advance: Callable[[], None] = lambda: None
) -> Statistic:
    """Return the fast statistic if the metric only counts, otherwise the one that computes the metric for
    each sample.
    """
    if isinstance(metric, MatchingMetric) and only_counts(metric):
        return CountStatistic(metric, outputs, scores)
    if isinstance(metric, OverallMetric) and only_means(metric):
        return MeanStatistic(metric, outputs, scores)
    return RecomputedStatistic(metric, outputs, scores, advance)


def slow_samples(metrics: Mapping[str, Metric], settings: Settings) -> int:
    """Return the maximum number of times that `compare` calls ``advance``."""
    slow = sum(not (only_counts(metric) or only_means(metric)) for metric in metrics.values())
    return slow * (len(settings.tests) * settings.samples + 1)


def _resampled(
    statistics: Sequence[Statistic], documents: int, runs: int, settings: Settings
) -> list[dict[Test, Array]]:
    """Return for each statistic the scores [M, 3, F] of A, B and B - A on the resamples, by bootstrap."""
    found: list[dict[Test, Array]] = [{} for _ in statistics]
    bootstraps: list[Test] = [test for test in ("bootstrap", "seeds") if test in settings.tests]
    for test in bootstraps:
        weights = bootstrap.resamples(documents, settings.samples, settings.seed)
        drawn = bootstrap.run_resamples(runs, settings.samples, settings.seed) if test == "seeds" else None
        for scores, boot in zip(found, bootstrap.bootstrap(statistics, weights, drawn), strict=True):
            scores[test] = _with_difference(boot)
    return found


def _compared(
    statistic: Statistic, resampled: Mapping[Test, Array], settings: Settings
) -> list[ScoreComparison]:
    """Return the scores of one metric; ``resampled`` [M, 3, F] are those of the resamples, by bootstrap."""
    values = _with_difference(statistic.observed())
    swapped, exact = None, randomisation.is_exact(statistic, settings.samples)
    if "randomisation" in settings.tests:
        size = len(statistic.differing)
        random = randomisation.random_swaps(size, settings.samples, settings.seed)
        swapped = randomisation.randomise(statistic, randomisation.all_swaps(size) if exact else random)
    result = []
    for column, name in enumerate(statistic.names):
        p: dict[Test, PValue] = {}
        intervals: list[tuple[float, float] | None] = [None, None, None]
        a, b, difference = (float(value) for value in values[:, column])
        if swapped is not None:
            value = randomisation.p_value(swapped[:, column], difference, exact)
            p["randomisation"] = PValue(value, value, len(swapped), exact)
        for test, boot in resampled.items():
            value = bootstrap.p_value(boot[:, 2, column], difference)
            p[test] = PValue(value, value, len(boot), False)
            intervals = [bootstrap.interval(some, settings.confidence) for some in boot[:, :, column].T]
        of_a, of_b, of_difference = map(Estimate, (a, b, difference), intervals)
        result.append(ScoreComparison(name, of_a, of_b, of_difference, p))
    return result


def _with_difference(scores: Array) -> Array:
    """Return [..., 3, F]: the scores of A, of B, and B - A."""
    difference = scores[..., 1, :] - scores[..., 0, :]
    return np.concatenate([scores, difference[..., None, :]], axis=-2)


def _corrected(scores: Sequence[ScoreComparison]) -> list[ScoreComparison]:
    """Return the scores with Holm's correction for their number, for each test separately."""
    tests = scores[0].p if scores else {}
    adjusted = {test: holm([score.p[test].p for score in scores]) for test in tests}
    return [
        replace(score, p={t: replace(value, holm=adjusted[t][row]) for t, value in score.p.items()})
        for row, score in enumerate(scores)
    ]
