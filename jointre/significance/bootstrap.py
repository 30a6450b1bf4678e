"""Paired bootstrap over documents: confidence intervals, and the test of Berg-Kirkpatrick et al. (2012)."""

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


def bootstrap(statistics: Sequence[Statistic], weights: Iterable[Array]) -> list[Array]:
    """Return [M, 2, F] for each statistic, all from the same resamples ``weights``, in parts [M, N]."""
    parts: list[list[Array]] = [[] for _ in statistics]
    for some in weights:
        for found, statistic in zip(parts, statistics, strict=True):
            found.append(statistic.resampled(some))
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
