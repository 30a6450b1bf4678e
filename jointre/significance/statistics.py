"""The fast statistic: metrics that count matches, as matrix products over counts by document and type."""

from collections import Counter
from collections.abc import Sequence, Set

import numpy as np

from jointre.data.doc import Doc
from jointre.metrics.base import Metric
from jointre.metrics.counts import Item
from jointre.metrics.matching import MatchingMetric
from jointre.significance.statistic import Array, Statistic

KEYS = tuple(f"{mean}_{share}" for mean in ("micro", "macro") for share in "prf")
EXACT_IN_FLOAT32 = 2**24


def only_counts(metric: Metric) -> bool:
    """Whether a metric's figures come from counts a document, as `MatchingMetric` computes them."""
    kind = type(metric)
    return isinstance(metric, MatchingMetric) and all(
        getattr(kind, name) is getattr(MatchingMetric, name) for name in ("update", "compute", "reset")
    )


class CountStatistic(Statistic):
    """Precision, recall and F1, micro and macro, the same as `MatchingMetric.compute` on the resampled documents.

    Args:
        metric: says which items a document holds.
        gold: the documents.
        a, b: the predictions of the two systems, one list a run, in the order of ``gold``.
        figures: those wanted.
    """

    cheap = True

    def __init__(
        self,
        metric: MatchingMetric,
        gold: Sequence[Doc],
        a: Sequence[Sequence[Doc]],
        b: Sequence[Sequence[Doc]],
        figures: Sequence[str],
    ) -> None:
        self.figures, self.documents = tuple(figures), len(gold)
        self._columns = [KEYS.index(name.removeprefix(f"{metric.prefix}_")) for name in figures]
        self._of_gold_types = metric.of_gold_types
        kinds = [
            [[_kinds(metric, *pair) for pair in zip(gold, run, strict=True)] for run in system]
            for system in (a, b)
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

    def resampled(self, weights: Array) -> Array:
        """[M, 2, F] from ``weights`` [M, N]."""
        return self._scores(np.stack([_product(weights, counts) for counts in self._counts], axis=1))

    def swapped(self, swaps: Array) -> Array:
        """[M, 2, F] from ``swaps`` [M, D]."""
        moved = _product(swaps, self._change[self.differing])
        totals = self._counts.sum(axis=1)
        return self._scores(np.stack([totals[0] + moved, totals[1] - moved], axis=1))

    def _scores(self, counts: Array) -> Array:
        """[M, 2, F] from counts [M, 2, gold|predicted|correct, runs, K]: means over runs."""
        gold, predicted, correct = counts[:, :, 0], counts[:, :, 1], counts[:, :, 2]
        if self._of_gold_types:
            predicted = np.where(gold > 0, predicted, 0)
        whole = gold + predicted
        micro = _shares(*(part.sum(axis=-1) for part in (correct, predicted, gold, whole)))
        occur = np.maximum((whole > 0).sum(axis=-1), 1)
        macro = [share.sum(axis=-1) / occur for share in _shares(correct, predicted, gold, whole)]
        figures = [share.mean(axis=-1) for share in (*micro, *macro)]
        return np.stack(figures, axis=-1)[..., self._columns]


def _kinds(metric: MatchingMetric, gold: Doc, predicted: Doc) -> tuple[Set[Item], Set[Item], Set[Item]]:
    """The items of gold, of the prediction, and of both."""
    wanted, found = metric.sides(gold, predicted)
    return wanted, found, wanted & found


def _table(documents: Sequence[Set[Item]], types: Sequence[str]) -> Array:
    """[N, K] how many items of each type each document holds."""
    counted = (Counter(str(item[0]) for item in items) for items in documents)
    return np.array([[count[name] for name in types] for count in counted], np.int32).reshape(-1, len(types))


def _product(rows: Array, counts: Array) -> Array:
    """``rows`` [M, N] times ``counts`` [N, ...], exact: whole numbers below 2^24 are exact in single precision."""
    flat = counts.reshape(len(counts), int(np.prod(counts.shape[1:])))
    bound = float(np.abs(flat).max(initial=0)) * float(np.abs(rows).sum(axis=1).max(initial=0))
    kind = np.float32 if bound < EXACT_IN_FLOAT32 else np.float64
    product: Array = rows.astype(kind, copy=False) @ flat.astype(kind)
    return product.astype(np.float64).reshape(len(rows), *counts.shape[1:])


def _shares(correct: Array, predicted: Array, gold: Array, whole: Array) -> tuple[Array, Array, Array]:
    """Precision, recall and F1; 0/0 is 0."""
    return _share(correct, predicted), _share(correct, gold), _share(2 * correct, whole)


def _share(part: Array, whole: Array) -> Array:
    return part / np.where(whole > 0, whole, 1)
