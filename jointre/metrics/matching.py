"""MatchingMetric: precision, recall and F1 over sets of tuples; the base of the three SpERT protocols."""

import warnings
from abc import abstractmethod
from collections.abc import Set
from typing import Any, Literal

from jointre.data.doc import Doc
from jointre.errors import DataError, Fault
from jointre.metrics.base import Metric, Row
from jointre.metrics.counts import Count, Item, Scores, Tally

Overlapping = Literal["keep", "drop"]


class MatchingMetric(Metric):
    """Compares the tuples of gold and prediction, document by document.

    A subclass defines ``prefix``, with which its score names start, ``rule``, what counts as correct, ``unit``, what is
    counted, and `items`, the tuples of a document. With ``of_gold_types``, only types that occur in gold count. With
    ``of_words``, the tuples are as `Metric.compared` needs them.

    Args:
        overlapping: "drop" leaves overlapping entities, and relations between two overlapping entities, out of gold and
            prediction alike, which is known in the literature as ADE "without overlap".
    """

    prefix: str
    rule: str
    unit: str
    of_gold_types = False
    of_words = False

    def __init__(self, overlapping: Overlapping = "keep") -> None:
        self.overlapping = overlapping
        self.reset()

    @abstractmethod
    def items(self, doc: Doc) -> Set[Item]:
        """Return the tuples of a document, each with its type first."""

    def sides(self, gold: Doc, predicted: Doc) -> tuple[Set[Item], Set[Item]]:
        """Return the tuples of gold and of prediction that are compared: all, unless a subclass leaves some out."""
        return self.items(gold), self.items(predicted)

    def compared(self, gold: Doc, predicted: Doc) -> tuple[Set[Item], Set[Item]] | None:
        """See `Metric.compared`: `sides`, if they consist of words."""
        return self.sides(gold, predicted) if self.of_words else None

    @property
    def protocol(self) -> str:  # type: ignore[override]
        """What counts as correct, in words."""
        left_out = f"; overlapping {self.unit} left out" if self.overlapping == "drop" else ""
        return f"{self.rule}{left_out}{'; gold entities' if self.given else ''}"

    def update(self, gold: Doc, predicted: Doc) -> None:
        """Add one pair of documents with the same words."""
        if gold.words != predicted.words:
            name = gold.id or predicted.id or f"document {self._documents + 1}"
            remedy = "compare predictions with the documents that they were made from"
            fault = Fault("the words differ", name, remedy)
            raise DataError("gold and prediction have different words", [fault])
        self._documents += 1
        self._tally.add(*self.sides(gold, predicted))

    def reset(self, given: bool = False) -> None:
        """See `Metric.reset`."""
        super().reset(given)
        self._tally = Tally(self.of_gold_types)
        self._documents = 0

    def compute(self) -> dict[str, float]:
        """Return ``<prefix>_micro_p``, ``_r``, ``_f`` and the same for macro; all 0, with a warning, without
        any items.
        """
        if self._tally.total() == Count(0, 0, 0):
            what = f"{self.prefix}: neither gold nor predictions contain any {self.unit}, so every score is 0"
            warnings.warn(f"{what} ({self._documents} documents)", stacklevel=2)
        averages = {"micro": self._tally.micro(), "macro": self._tally.macro()}
        return {
            f"{self.prefix}_{name}_{key}": value
            for name, scores in averages.items()
            for key, value in scores._asdict().items()
        }

    def table(self) -> list[Row]:
        """Return one row per type that occurs, sorted by name, then the micro and the macro average."""
        rows = [_row("type", label, count.scores, count) for label, count in self._tally.types().items()]
        micro = _row("micro", "micro", self._tally.micro(), self._tally.total())
        return [*rows, micro, Row("macro", "macro", *self._tally.macro())]

    def to_json(self) -> dict[str, Any]:
        """Return protocol, prefix of the score names, averages, scores and counts per type, and total counts; fractions
        of 1.
        """
        types = self._tally.types().items()
        return {
            "protocol": self.protocol,
            "prefix": self.prefix,
            "overlapping": self.overlapping,
            "documents": self._documents,
            "micro": self._tally.micro()._asdict(),
            "macro": self._tally.macro()._asdict(),
            "types": {label: {**count.scores._asdict(), **vars(count)} for label, count in types},
            "counts": dict(vars(self._tally.total())),
        }


def _row(kind: Literal["type", "micro"], label: str, scores: Scores, count: Count) -> Row:
    return Row(kind, label, *scores, count.gold, count.predicted, count.correct)
