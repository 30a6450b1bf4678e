"""score_by: every metric in every bucket of every breakdown, in one pass over the documents."""

from collections.abc import Iterable, Mapping
from copy import deepcopy
from dataclasses import dataclass, field
from typing import Any

from jointre.breakdowns.base import Breakdown
from jointre.data.doc import Doc
from jointre.metrics.base import Metric


@dataclass
class Bucket:
    """The scores of one bucket.

    Attributes:
        metrics: by name, filled.
        documents: how many have a part in the bucket.
        entities, relations: how many of them are gold there, as they stand in the documents.
    """

    metrics: Mapping[str, Metric]
    documents: int = 0
    entities: int = 0
    relations: int = 0

    def add(self, gold: Doc, predicted: Doc) -> None:
        """Score what one pair of documents has in the bucket."""
        self.documents += 1
        self.entities += len(gold.entities)
        self.relations += len(gold.relations)
        for metric in self.metrics.values():
            metric.update(gold, predicted)

    def scored(self, name: str) -> Metric | None:
        """A metric by name; None if there was nothing to score: no document, or no item in gold or prediction."""
        rows = self.metrics[name].table()
        nothing = any(row.kind == "micro" and row.gold == row.predicted == 0 for row in rows)
        return None if nothing or not self.documents else self.metrics[name]

    def to_json(self) -> dict[str, Any]:
        """Counts, and the scores of each metric or null."""
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
        breakdown: by what.
        metrics: those that it applies to, by name.
        left_out: names of those that it does not: a breakdown of relations says nothing of entities.
        buckets: by name, in order; those of the breakdown without a document, too.
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

    def open(self, names: Iterable[str]) -> None:
        """Make buckets with fresh metrics."""
        for name in names:
            self.buckets[name] = Bucket({key: fresh(metric) for key, metric in self.metrics.items()})

    def to_json(self) -> dict[str, Any]:
        """What is broken down, and each bucket."""
        return {
            "title": self.breakdown.title,
            "unit": self.breakdown.unit,
            "left_out": self.left_out,
            "buckets": {name: bucket.to_json() for name, bucket in self.buckets.items()},
        }


def applies(breakdown: Breakdown, metric: Metric) -> bool:
    """Whether a metric can be broken down so: every one by documents, those over relations by relations."""
    return breakdown.unit == "documents" or metric.unit == breakdown.unit


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
        metrics: by name, as in ``[evaluation.metrics]``; they are copied, what they hold is left alone.

    Returns:
        Breakdown by breakdown the scores of each bucket.
    """
    result: dict[str, Broken] = {}
    for name, breakdown in breakdowns.items():
        chosen = {key: metric for key, metric in metrics.items() if applies(breakdown, metric)}
        result[name] = Broken(breakdown, chosen, [key for key in metrics if key not in chosen])
        result[name].open(breakdown.buckets() or ())
    for gold, predicted in zip(golds, predicteds, strict=True):
        for broken in result.values():
            broken.add(gold, predicted)
    for broken in result.values():
        if broken.breakdown.buckets() is None:
            broken.buckets = dict(sorted(broken.buckets.items()))
    return result


def fresh(metric: Metric) -> Metric:
    """Return a copy that has scored nothing yet."""
    copy = deepcopy(metric)
    copy.reset(metric.given)
    return copy
