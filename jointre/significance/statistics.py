"""Scores of both systems on resampled documents: by matrix products for metrics that count, else computed each time."""

import warnings
from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Callable, Sequence, Set
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from jointre.data.doc import Doc
from jointre.metrics.base import Metric
from jointre.metrics.counts import Item
from jointre.metrics.matching import MatchingMetric
from jointre.metrics.overall import OverallMetric

Array = NDArray[Any]
CHUNK = 2_000_000
"""Numbers in one part of the samples, so that memory does not grow with samples times documents."""


System = Sequence[Sequence[Doc]]
"""The predictions of one system: a list of documents per run."""


@dataclass(frozen=True)
class Outputs:
    """The documents ``gold``, and the predictions of systems A and B for them in the same order, one list per run."""

    gold: Sequence[Doc]
    a: System
    b: System


class Statistic(ABC):
    """The scores of one metric for systems A and B; means over runs, if there are several.

    Attributes:
        names: the names of the scores, F of them.
        documents: number of documents, N.
        differing: [D] int64, the documents on which A and B differ for the metric.
        cheap: whether thousands of samples cost next to nothing.
    """

    names: tuple[str, ...]
    documents: int
    differing: Array
    cheap: bool

    @abstractmethod
    def resampled(self, weights: Array, runs: Array | None = None) -> Array:
        """Return [M, 2, F], the scores of A and B on M corpora.

        Args:
            weights: [M, N] how often each document occurs in each corpus.
            runs: [M, R] how often each run counts in the mean over runs; None for once.
        """

    @abstractmethod
    def swapped(self, swaps: Array) -> Array:
        """Return [M, 2, F], the scores after A and B are swapped on the documents of ``differing`` given by [M, D]
        bool.
        """

    def observed(self) -> Array:
        """Return [2, F], the scores of A and B on the corpus itself."""
        values: Array = self.resampled(np.ones((1, self.documents), np.float32))[0]
        return values


KEYS = tuple(f"{mean}_{share}" for mean in ("micro", "macro") for share in "prf")
EXACT_IN_FLOAT32 = 2**24


def only_counts(metric: Metric) -> bool:
    """Return whether a metric's scores come from counts per document, as `MatchingMetric` computes them."""
    kind = type(metric)
    return isinstance(metric, MatchingMetric) and all(
        getattr(kind, name) is getattr(MatchingMetric, name) for name in ("update", "compute", "reset")
    )


class CountStatistic(Statistic):
    """Precision, recall and F1, micro and macro, equal to `MatchingMetric.compute` on the resampled documents.

    Args:
        metric: defines the items of a document.
        outputs: the documents and the predictions.
        names: names of the scores.
    """

    cheap = True

    def __init__(self, metric: MatchingMetric, outputs: Outputs, names: Sequence[str]) -> None:
        self.names, self.documents = tuple(names), len(outputs.gold)
        self._columns = [KEYS.index(name.removeprefix(f"{metric.prefix}_")) for name in names]
        self._of_gold_types = metric.of_gold_types
        kinds = [
            [[_kinds(metric, *pair) for pair in zip(outputs.gold, run, strict=True)] for run in system]
            for system in (outputs.a, outputs.b)
        ]
        every = (items for system in kinds for run in system for sets in run for items in sets)
        types = sorted({str(item[0]) for items in every for item in items}) or [""]
        tables = [
            [[_table([sets[kind] for sets in run], types) for run in system] for system in kinds]
            for kind in range(3)
        ]
        self._counts: Array = np.array(tables).transpose(1, 3, 0, 2, 4)  # system, document, kind, run, type
        self._change: Array = self._counts[1] - self._counts[0]
        self.differing = np.flatnonzero(self._change.any(axis=(1, 2, 3)))

    def resampled(self, weights: Array, runs: Array | None = None) -> Array:
        """See `Statistic.resampled`."""
        return self._scores(np.stack([_product(weights, counts) for counts in self._counts], axis=1), runs)

    def swapped(self, swaps: Array) -> Array:
        """Return [M, 2, F] from ``swaps`` [M, D]."""
        moved = _product(swaps, self._change[self.differing])
        totals = self._counts.sum(axis=1)
        return self._scores(np.stack([totals[0] + moved, totals[1] - moved], axis=1))

    def _scores(self, counts: Array, runs: Array | None = None) -> Array:
        """Return [M, 2, F] from counts [M, 2, gold|predicted|correct, R, K]: means over ``runs`` [M, R]."""
        gold, predicted, correct = counts[:, :, 0], counts[:, :, 1], counts[:, :, 2]
        if self._of_gold_types:
            predicted = np.where(gold > 0, predicted, 0)
        whole = gold + predicted
        micro = _shares(*(part.sum(axis=-1) for part in (correct, predicted, gold, whole)))
        occur = np.maximum((whole > 0).sum(axis=-1), 1)
        macro = [share.sum(axis=-1) / occur for share in _shares(correct, predicted, gold, whole)]
        values = [_mean(share, runs) for share in (*micro, *macro)]
        return np.stack(values, axis=-1)[..., self._columns]


def _kinds(metric: MatchingMetric, gold: Doc, predicted: Doc) -> tuple[Set[Item], Set[Item], Set[Item]]:
    """Return the items of gold, of the prediction, and of both."""
    wanted, found = metric.sides(gold, predicted)
    return wanted, found, wanted & found


def _table(documents: Sequence[Set[Item]], types: Sequence[str]) -> Array:
    """Return [N, K], the number of items of each type in each document."""
    counted = (Counter(str(item[0]) for item in items) for items in documents)
    return np.array([[count[name] for name in types] for count in counted], np.int32).reshape(-1, len(types))


def _product(rows: Array, counts: Array) -> Array:
    """Return ``rows`` [M, N] times ``counts`` [N, ...], exact: whole numbers below 2^24 are exact in single
    precision.
    """
    flat = counts.reshape(len(counts), int(np.prod(counts.shape[1:])))
    bound = float(np.abs(flat).max(initial=0)) * float(np.abs(rows).sum(axis=1).max(initial=0))
    kind = np.float32 if bound < EXACT_IN_FLOAT32 else np.float64
    product: Array = rows.astype(kind, copy=False) @ flat.astype(kind)
    return product.astype(np.float64).reshape(len(rows), *counts.shape[1:])


def _shares(correct: Array, predicted: Array, gold: Array, whole: Array) -> tuple[Array, Array, Array]:
    """Return precision, recall and F1; 0/0 is 0."""
    return _share(correct, predicted), _share(correct, gold), _share(2 * correct, whole)


def _share(part: Array, whole: Array) -> Array:
    return part / np.where(whole > 0, whole, 1)


def _mean(values: Array, runs: Array | None) -> Array:
    """Return [M, 2], the means of ``values`` [M, 2, R], in which each run counts as often as ``runs`` [M, R] says."""
    if runs is None:
        mean: Array = values.mean(axis=-1)
        return mean
    weighted: Array = (values * runs[:, None]).sum(axis=-1) / runs.sum(axis=-1)[:, None]
    return weighted


def only_means(metric: Metric) -> bool:
    """Return whether a metric is the mean of parts whose scores come from counts per document."""
    return type(metric) is OverallMetric and all(map(only_counts, metric.parts))


class MeanStatistic(Statistic):
    """The scores of `OverallMetric.compute` on the resampled documents; see `CountStatistic` for the arguments."""

    cheap = True

    def __init__(self, metric: OverallMetric, outputs: Outputs, names: Sequence[str]) -> None:
        self.names, self.documents = tuple(names), len(outputs.gold)
        ends = [name.removeprefix("overall") for name in names]
        self._parts = [
            CountStatistic(part, outputs, [part.prefix + end for end in ends]) for part in metric.parts
        ]
        self.differing = np.unique(np.concatenate([part.differing for part in self._parts]))

    def resampled(self, weights: Array, runs: Array | None = None) -> Array:
        """See `Statistic.resampled`."""
        return np.mean([part.resampled(weights, runs) for part in self._parts], axis=0)

    def swapped(self, swaps: Array) -> Array:
        """Return [M, 2, F] from ``swaps`` [M, D]; each part is asked for the documents on which it differs."""
        own = [np.isin(self.differing, part.differing) for part in self._parts]
        return np.mean(
            [part.swapped(swaps[:, keep]) for part, keep in zip(self._parts, own, strict=True)], axis=0
        )


class RecomputedStatistic(Statistic):
    """The scores of any metric; a score that the metric leaves out for some sample counts as 0.

    Args:
        metric: is reset for each sample.
        outputs, names: see `CountStatistic`.
        advance: called after each sample.
    """

    cheap = False

    def __init__(
        self,
        metric: Metric,
        outputs: Outputs,
        names: Sequence[str],
        advance: Callable[[], None] = lambda: None,
    ) -> None:
        gold, a, b = outputs.gold, outputs.a, outputs.b
        self.names, self.documents = tuple(names), len(gold)
        self._metric, self._gold, self._systems = metric, gold, (a, b)
        self._advance = advance
        differ = [
            any(
                x[n].annotation(scores=True) != y[n].annotation(scores=True)
                for x, y in zip(a, b, strict=True)
            )
            for n in range(len(gold))
        ]
        self.differing = np.flatnonzero(differ)

    def resampled(self, weights: Array, runs: Array | None = None) -> Array:
        """See `Statistic.resampled`."""
        often = [None] * len(weights) if runs is None else runs
        return np.array(
            [
                self._sample(row.astype(int).tolist(), self._systems, drawn)
                for row, drawn in zip(weights, often, strict=True)
            ]
        )

    def swapped(self, swaps: Array) -> Array:
        """Return [M, 2, F] from ``swaps`` [M, D]."""
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

    def _sample(self, times: Sequence[int], systems: Sequence[System], drawn: Array | None = None) -> Array:
        """Return [2, F], the scores of both systems if each document occurs the given number of ``times``, and each run
        as often as ``drawn`` [R] says.
        """
        weights = np.ones(len(systems[0])) if drawn is None else drawn
        rows = np.flatnonzero(weights).tolist()
        values = [
            np.average([self._run(times, runs[row]) for row in rows], axis=0, weights=weights[rows])
            for runs in systems
        ]
        self._advance()
        return np.array(values)

    def _run(self, times: Sequence[int], run: Sequence[Doc]) -> list[float]:
        self._metric.reset(self._metric.given)
        for gold, predicted, often in zip(self._gold, run, times, strict=True):
            for _ in range(often):
                self._metric.update(gold, predicted)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            found = self._metric.compute()
        return [found.get(name, 0.0) for name in self.names]
