"""p-values from samples, for both tests, and a correction for several of them."""

from collections.abc import Sequence

import numpy as np

from jointre.significance.statistics import Array

TOLERANCE = 1e-12
"""Differences closer than this are equal: scores are means of fractions, rounded to 53 bits."""


def share_as_large(values: Array, observed: float, exact: bool) -> float:
    """Return the share of ``values`` [M] with an absolute value at least that of ``observed``: a two-sided p-value.

    Args:
        values: the test statistic in samples without a difference between the systems.
        observed: the real test statistic.
        exact: whether ``values`` are all possible ones. If they are a sample, the observed value counts as one of them,
            (r + 1) / (M + 1), because no sample can show that p is 0.
    """
    large = int(
        np.count_nonzero(~(np.abs(values) < abs(observed) - TOLERANCE))
    )  # NaN counts as at least as large
    return large / len(values) if exact else (large + 1) / (len(values) + 1)


def holm(values: Sequence[float]) -> list[float]:
    """Return p-values after Holm's (1979) step-down correction, which can be compared with one level whatever their
    number.
    """
    result, largest = [0.0] * len(values), 0.0
    for rank, row in enumerate(sorted(range(len(values)), key=values.__getitem__)):
        largest = max(largest, min(1.0, (len(values) - rank) * values[row]))
        result[row] = largest
    return result
