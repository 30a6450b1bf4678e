"""What both tests share: p-values from samples, and the correction for several of them."""

from collections.abc import Sequence

import numpy as np

from jointre.significance.statistics import Array

TOLERANCE = 1e-12
"""Differences nearer to each other than this are equal: figures are means of fractions, rounded to 53 bits."""


def share_as_large(values: Array, observed: float, exact: bool) -> float:
    """The share of ``values`` [M] that are at least as large as ``observed``, signs left aside: a two-sided p-value.

    Args:
        values: what the test statistic came to where there is no difference.
        observed: what it came to in truth.
        exact: whether ``values`` are all there can be. If they are a sample, the observed value counts as one of
            them, (r + 1) / (M + 1): no sample shows that p is 0.
    """
    large = int(np.count_nonzero(~(np.abs(values) < abs(observed) - TOLERANCE)))  # what is no number counts
    return large / len(values) if exact else (large + 1) / (len(values) + 1)


def holm(values: Sequence[float]) -> list[float]:
    """Holm's (1979) step-down correction: p-values that may be held against one level, however many there are."""
    result, largest = [0.0] * len(values), 0.0
    for rank, row in enumerate(sorted(range(len(values)), key=values.__getitem__)):
        largest = max(largest, min(1.0, (len(values) - rank) * values[row]))
        result[row] = largest
    return result
