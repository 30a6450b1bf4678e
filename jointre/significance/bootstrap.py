"""Paired bootstrap over documents, or over runs and documents: confidence intervals, and the test of Berg-Kirkpatrick
et al. (2012).
"""

from collections.abc import Iterable, Iterator, Sequence

import numpy as np

from jointre.significance.p_values import share_as_large
from jointre.significance.statistics import CHUNK, Array, Statistic


def resamples(documents: int, samples: int, seed: int) -> Iterator[Array]:
    """Draw ``samples`` corpora with replacement, in parts [M, N] float32: how often each document is in each corpus."""
    rng = np.random.default_rng([seed, 0])
    part = max(1, CHUNK // documents)
    for start in range(0, samples, part):
        rows = min(part, samples - start)
        drawn = rng.integers(0, documents, (rows, documents), np.int64)
        drawn += np.arange(rows)[:, None] * documents
        counts = np.bincount(drawn.ravel(), minlength=rows * documents)
        yield counts.reshape(rows, documents).astype(np.float32)


def run_resamples(runs: int, samples: int, seed: int) -> Array:
    """Draw ``runs - 1`` of the runs with replacement, ``samples`` times: [M, R], how often each run is drawn.

    One run fewer than there are, as in Rao and Wu (1988): with as many, a bootstrap of few runs finds too little
    variance, (R - 1) / R of it.
    """
    rng = np.random.default_rng([seed, 2])
    drawn: Array = rng.multinomial(runs - 1, np.full(runs, 1 / runs), samples)
    return drawn


def bootstrap(
    statistics: Sequence[Statistic], weights: Iterable[Array], runs: Array | None = None
) -> list[Array]:
    """Return [M, 2, F] for each statistic, all from the same resamples.

    Args:
        statistics: of the metrics.
        weights: documents of the resamples, in parts [M, N].
        runs: [M, R] runs of the resamples; None for all runs in each.
    """
    parts: list[list[Array]] = [[] for _ in statistics]
    done = 0
    for some in weights:
        drawn = None if runs is None else runs[done : done + len(some)]
        done += len(some)
        for found, statistic in zip(parts, statistics, strict=True):
            found.append(statistic.resampled(some, drawn))
    return [np.concatenate(found) for found in parts]


def interval(values: Array, confidence: float) -> tuple[float, float]:
    """Return the percentile interval of resampled ``values`` [M]: the middle ``confidence`` of them."""
    low, high = np.quantile(values, [(1 - confidence) / 2, (1 + confidence) / 2])
    return float(low), float(high)


def p_value(differences: Array, observed: float, exact: bool = False) -> float:
    """Return the two-sided p-value of resampled ``differences`` [M].

    It is the share of resamples whose difference is at least as far from the observed one as the observed one is from
    0: the resampled differences lie around the observed one and are shifted by it, as in Berg-Kirkpatrick, Burkett and
    Klein (2012). Their one-sided form, the share beyond twice the observed difference, is about half of it.
    """
    return share_as_large(differences - observed, observed, exact)
