"""The statistic of a figure that is a plain mean over metrics that count, as `jointre.overall.v1` is."""

from collections.abc import Sequence

import numpy as np

from jointre.data.doc import Doc
from jointre.metrics.base import Metric
from jointre.metrics.overall import OverallMetric
from jointre.significance.statistic import Array, Statistic
from jointre.significance.statistics import CountStatistic, only_counts


def only_means(metric: Metric) -> bool:
    """Whether a metric is the mean of parts whose figures come from counts a document."""
    return type(metric) is OverallMetric and all(map(only_counts, metric.parts))


class MeanStatistic(Statistic):
    """What `OverallMetric.compute` gives on the resampled documents; arguments as those of `CountStatistic`."""

    cheap = True

    def __init__(
        self,
        metric: OverallMetric,
        gold: Sequence[Doc],
        a: Sequence[Sequence[Doc]],
        b: Sequence[Sequence[Doc]],
        figures: Sequence[str],
    ) -> None:
        self.figures, self.documents = tuple(figures), len(gold)
        ends = [name.removeprefix("overall") for name in figures]
        self._parts = [
            CountStatistic(part, gold, a, b, [part.prefix + end for end in ends]) for part in metric.parts
        ]
        self.differing = np.unique(np.concatenate([part.differing for part in self._parts]))

    def resampled(self, weights: Array) -> Array:
        """[M, 2, F] from ``weights`` [M, N]."""
        return np.mean([part.resampled(weights) for part in self._parts], axis=0)

    def swapped(self, swaps: Array) -> Array:
        """[M, 2, F] from ``swaps`` [M, D]; a part is asked for the documents on which it differs."""
        own = [np.isin(self.differing, part.differing) for part in self._parts]
        return np.mean(
            [part.swapped(swaps[:, keep]) for part, keep in zip(self._parts, own, strict=True)], axis=0
        )
