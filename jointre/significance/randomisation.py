"""Approximate randomisation: the differences that would be possible if A and B were interchangeable (Noreen 1989)."""

from collections.abc import Iterable, Iterator

import numpy as np

from jointre.significance.p_values import share_as_large
from jointre.significance.statistics import CHUNK, Array, Statistic

EXACT_DOCUMENTS = 16
"""Up to this number of differing documents, all 2^D ways to swap them are tried."""


def is_exact(statistic: Statistic, samples: int) -> bool:
    """Return whether all swaps are tried; for a slow statistic only if there are at most ``samples``."""
    differing = len(statistic.differing)
    return differing <= EXACT_DOCUMENTS and (statistic.cheap or 2**differing <= samples)


def all_swaps(differing: int) -> Iterator[Array]:
    """Return every way to swap ``differing`` documents, in parts [M, D] bool."""
    part = max(1, CHUNK // max(differing, 1))
    for start in range(0, 2**differing, part):
        numbers = np.arange(start, min(start + part, 2**differing))
        yield (numbers[:, None] >> np.arange(differing)) & 1 == 1


def random_swaps(differing: int, samples: int, seed: int) -> Iterator[Array]:
    """Return ``samples`` ways to swap, each document with probability one half, in parts [M, D] bool."""
    rng = np.random.default_rng([seed, 1])
    part = max(1, CHUNK // max(differing, 1))
    for start in range(0, samples, part):
        yield rng.integers(0, 2, (min(part, samples - start), differing), np.bool_)


def randomise(statistic: Statistic, swaps: Iterable[Array]) -> Array:
    """Return [M, F], the differences B - A after each way to swap."""
    scores = np.concatenate([statistic.swapped(some) for some in swaps])
    return scores[:, 1] - scores[:, 0]


def p_value(differences: Array, observed: float, exact: bool) -> float:
    """Return the two-sided p-value: the share of swaps with a difference at least as large as the observed one."""
    return share_as_large(differences, observed, exact)
