"""score_by: compute every metric in every bucket of every breakdown, in one pass over the documents."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from jointre.breakdowns.base import Breakdown
from jointre.data.doc import Doc
from jointre.data.resplit import same_words
from jointre.metrics.base import Metric


@dataclass
class Bucket:
    """The scores of one bucket.

    Attributes:
        metrics: what the bucket computes for each metric, with the documents of the bucket added.
        documents: number of documents that have a part in the bucket.
        entities, relations: number of gold annotations in these parts, with repetitions.
    """

    metrics: Mapping[str, Metric]
    documents: int = 0
    entities: int = 0
    relations: int = 0

    def add(self, gold: Doc, predicted: Doc) -> None:
        """Score the parts of one pair of documents that belong to the bucket."""
        self.documents += 1
        self.entities += len(gold.entities)
        self.relations += len(gold.relations)
        for metric in self.metrics.values():
            metric.update(gold, predicted)

    def scored(self, name: str) -> Metric | None:
        """Return a metric by name; None if there was nothing to score: no document, or no item in gold or
        prediction.
        """
        rows = self.metrics[name].table()
        nothing = any(row.kind == "micro" and row.gold == row.predicted == 0 for row in rows)
        return None if nothing or not self.documents else self.metrics[name]

    def to_json(self) -> dict[str, Any]:
        """Return the counts, and the scores of each metric or null."""
        found = {name: self.scored(name) for name in self.metrics}
        return {
            "documents": self.documents,
            "entities": self.entities,
            "relations": self.relations,
            "scores": {name: metric.to_json() if metric else None for name, metric in found.items()},
        }


@dataclass
class Broken:
    """A corpus broken down.

    Attributes:
        breakdown: the breakdown.
        metrics: the metrics that it applies to, by name.
        left_out: names of the other metrics, such as those over entities if relations are divided.
        buckets: by name, in order, including those without a document.
    """

    breakdown: Breakdown
    metrics: Mapping[str, Metric]
    left_out: list[str]
    buckets: dict[str, Bucket] = field(default_factory=dict)

    def add(self, gold: Doc, predicted: Doc) -> None:
        """Score one pair of documents."""
        for name, *pair in self.breakdown.parts(gold, predicted):
            if name not in self.buckets:
                self.open([name])
            self.buckets[name].add(*pair)

    def open(self, names: Sequence[str]) -> None:
        """Make buckets with fresh metrics."""
        measured = {key: self.breakdown.measured(metric, names) for key, metric in self.metrics.items()}
        for name in names:
            self.buckets[name] = Bucket({key: of[name] for key, of in measured.items() if name in of})

    def to_json(self) -> dict[str, Any]:
        """Return what is broken down, and each bucket."""
        return {
            "title": self.breakdown.title,
            "unit": self.breakdown.unit,
            "left_out": self.left_out,
            "buckets": {name: bucket.to_json() for name, bucket in self.buckets.items()},
        }


def score_by(
    breakdowns: Mapping[str, Breakdown],
    golds: Iterable[Doc],
    predicteds: Iterable[Doc],
    metrics: Mapping[str, Metric],
) -> dict[str, Broken]:
    """Score documents bucket by bucket.

    Args:
        breakdowns: by name, as in ``[evaluation.breakdowns]``.
        golds, predicteds: the same documents in the same order.
        metrics: by name, as in ``[evaluation.metrics]``; they are copied and not changed.

    Returns:
        The scores of each bucket, by breakdown.
    """
    result: dict[str, Broken] = {}
    for name, breakdown in breakdowns.items():
        buckets = breakdown.buckets() or [""]
        chosen = {key: metric for key, metric in metrics.items() if breakdown.measured(metric, buckets)}
        result[name] = Broken(breakdown, chosen, [key for key in metrics if key not in chosen])
        result[name].open(breakdown.buckets() or ())
    for gold, predicted in zip(golds, predicteds, strict=True):
        pair = same_words([gold, predicted])
        for broken in result.values():
            broken.add(*pair)
    for broken in result.values():
        if broken.breakdown.buckets() is None:
            broken.buckets = dict(sorted(broken.buckets.items()))
    return result
