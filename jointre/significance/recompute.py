"""The slow statistic: any metric, asked anew for every sample through ``update`` and ``compute``."""

import warnings
from collections.abc import Callable, Sequence

import numpy as np

from jointre.data.doc import Doc
from jointre.metrics.base import Metric
from jointre.significance.statistic import Array, Statistic

System = Sequence[Sequence[Doc]]


class RecomputedStatistic(Statistic):
    """The figures of any metric; a figure that a metric leaves out for some sample counts as 0 there.

    Args:
        metric: is reset again and again.
        gold, a, b, figures: as in `jointre.significance.statistics.CountStatistic`.
        advance: called after each sample.
    """

    cheap = False

    def __init__(
        self,
        metric: Metric,
        gold: Sequence[Doc],
        a: System,
        b: System,
        figures: Sequence[str],
        advance: Callable[[], None] = lambda: None,
    ) -> None:
        self.figures, self.documents = tuple(figures), len(gold)
        self._metric, self._gold, self._systems = metric, gold, (a, b)
        self._advance = advance
        differ = [
            any(_said(x[n]) != _said(y[n]) for x, y in zip(a, b, strict=True)) for n in range(len(gold))
        ]
        self.differing = np.flatnonzero(differ)

    def resampled(self, weights: Array) -> Array:
        """[M, 2, F] from ``weights`` [M, N]."""
        return np.array([self._sample(row.astype(int).tolist(), self._systems) for row in weights])

    def swapped(self, swaps: Array) -> Array:
        """[M, 2, F] from ``swaps`` [M, D]."""
        once, (a, b) = [1] * self.documents, self._systems
        samples = []
        for row in swaps:
            other = set(self.differing[row].tolist())
            pairs = [
                ([y if n in other else x for n, (x, y) in enumerate(zip(*runs, strict=True))],
                 [x if n in other else y for n, (x, y) in enumerate(zip(*runs, strict=True))])
                for runs in zip(a, b, strict=True)
            ]  # fmt: skip
            samples.append(self._sample(once, tuple(zip(*pairs, strict=True))))
        return np.array(samples)

    def _sample(self, times: Sequence[int], systems: Sequence[System]) -> Array:
        """[2, F] the figures of both systems where each document is there so many ``times``."""
        figures = np.array([np.mean([self._run(times, run) for run in runs], axis=0) for runs in systems])
        self._advance()
        return figures

    def _run(self, times: Sequence[int], run: Sequence[Doc]) -> list[float]:
        self._metric.reset()
        for gold, predicted, often in zip(self._gold, run, times, strict=True):
            for _ in range(often):
                self._metric.update(gold, predicted)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            found = self._metric.compute()
        return [found.get(name, 0.0) for name in self.figures]


def _said(doc: Doc) -> object:
    """What a system says of a document, whatever the order."""
    entities = [(e.start, e.end, e.label, e.score) for e in doc.entities]
    relations = [(entities[r.head], entities[r.tail], r.label, r.score) for r in doc.relations]
    return set(entities), set(relations)
