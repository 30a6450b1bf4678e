"""Count gold, predicted and correct items by type, and compute precision, recall and F1 from these counts."""

from collections import Counter
from collections.abc import Hashable, Iterable, Set
from dataclasses import dataclass
from statistics import fmean
from typing import NamedTuple

Item = tuple[Hashable, ...]
"""An annotation as a tuple whose first member is its type: equal tuples are the same annotation."""


class Scores(NamedTuple):
    """Precision, recall and F1, as fractions of 1."""

    p: float
    r: float
    f: float


@dataclass(frozen=True)
class Count:
    """Numbers of gold items, of predicted items, and of predicted items that are in gold. 0/0 is 0."""

    gold: int
    predicted: int
    correct: int

    @property
    def scores(self) -> Scores:
        """Precision, recall and F1 of these counts."""
        return Scores(
            p=_share(self.correct, self.predicted),
            r=_share(self.correct, self.gold),
            f=_share(2 * self.correct, self.gold + self.predicted),
        )


def _share(part: int, whole: int) -> float:
    return part / whole if whole else 0.0


class Tally:
    """Counts by type, added up document by document.

    Items are compared as sets within a document: a repeated item counts once, and the same words in another document
    are a different item. An item with the wrong type is one missed and one spurious item.

    Args:
        of_gold_types: whether to ignore predictions of types that do not occur in gold.
    """

    def __init__(self, of_gold_types: bool = False) -> None:
        self._of_gold_types = of_gold_types
        self._gold: Counter[str] = Counter()
        self._predicted: Counter[str] = Counter()
        self._correct: Counter[str] = Counter()

    def add(self, gold: Set[Item], predicted: Set[Item]) -> None:
        """Count one document."""
        self._gold.update(_labels(gold))
        self._predicted.update(_labels(predicted))
        self._correct.update(_labels(gold & predicted))

    def types(self) -> dict[str, Count]:
        """Return the counts of all types in gold, and in predictions if these count, sorted by name."""
        names = sorted(
            self._gold.keys() if self._of_gold_types else self._gold.keys() | self._predicted.keys()
        )
        return {name: Count(self._gold[name], self._predicted[name], self._correct[name]) for name in names}

    def total(self) -> Count:
        """Return the counts over all types, from which micro averages are computed."""
        counts = self.types().values()
        return Count(*(sum(getattr(count, name) for count in counts) for name in Count.__annotations__))

    def micro(self) -> Scores:
        """Return precision, recall and F1 from the counts over all types."""
        return self.total().scores

    def macro(self) -> Scores:
        """Return the means over types of precision, of recall and of F1: the mean of F1s, not the F1 of means."""
        return macro(count.scores for count in self.types().values())


def macro(scores: Iterable[Scores]) -> Scores:
    """Return the mean of each of the three shares; zeros if there is nothing to average."""
    columns = list(zip(*scores, strict=True))
    return Scores(*(fmean(column) for column in columns)) if columns else Scores(0.0, 0.0, 0.0)


def _labels(items: Set[Item]) -> Iterable[str]:
    return (str(item[0]) for item in items)
