"""Statistic: the scores of two systems on one corpus, as often as a test of significance asks for them."""

from abc import ABC, abstractmethod
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]
CHUNK = 2_000_000
"""Numbers of one part of a sample, so that memory does not grow with samples times documents."""


class Statistic(ABC):
    """The figures of one metric for systems A and B, means over runs where there are several.

    Attributes:
        figures: their names, F of them.
        documents: number of documents, N.
        differing: [D] int64, the documents on which A and B are not the same to the metric.
        cheap: whether thousands of samples cost next to nothing.
    """

    figures: tuple[str, ...]
    documents: int
    differing: Array
    cheap: bool

    @abstractmethod
    def resampled(self, weights: Array) -> Array:
        """[M, 2, F] the figures of A and B on M corpora; ``weights`` [M, N] says how often each document is in one."""

    @abstractmethod
    def swapped(self, swaps: Array) -> Array:
        """[M, 2, F] the figures after A and B changed places on the documents of ``differing`` [M, D] bool."""

    def observed(self) -> Array:
        """[2, F] the figures of A and B on the corpus as it is."""
        figures: Array = self.resampled(np.ones((1, self.documents), np.float32))[0]
        return figures
