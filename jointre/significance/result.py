"""The result of comparing two systems: scores with intervals and p-values, and the documents that changed."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Literal

from jointre.significance.changes import ChangedDoc, totals

Test = Literal["randomisation", "bootstrap", "seeds"]
TESTS: tuple[Test, ...] = ("randomisation", "bootstrap")


@dataclass(frozen=True)
class Settings:
    """How to test.

    Args:
        samples: number of resamples of each bootstrap, and of random swaps.
        seed: random seed of all tests.
        tests: the tests to run. The intervals are those of ``seeds`` or, without it, of ``bootstrap``; without both
            there are none.
        confidence: confidence level of the intervals, between 0 and 1.
    """

    samples: int = 10_000
    seed: int = 0
    tests: tuple[Test, ...] = TESTS
    confidence: float = 0.95


@dataclass(frozen=True)
class PValue:
    """A two-sided p-value.

    Args:
        p, holm: before and after Holm's correction.
        samples: number of samples.
        exact: whether these are all possible ones.
    """

    p: float
    holm: float
    samples: int
    exact: bool


@dataclass(frozen=True)
class Estimate:
    """A score, as a fraction of 1, with its interval if a bootstrap was requested."""

    value: float
    interval: tuple[float, float] | None


@dataclass(frozen=True)
class ScoreComparison:
    """One score of both systems; ``difference`` is B - A."""

    name: str
    a: Estimate
    b: Estimate
    difference: Estimate
    p: Mapping[Test, PValue]


@dataclass(frozen=True)
class MetricComparison:
    """The scores of one metric, and the number of documents on which the systems differ for this metric."""

    metric: str
    protocol: str
    differing: int
    scores: tuple[ScoreComparison, ...]


@dataclass(frozen=True)
class Comparison:
    """Two systems on one corpus, with one or several runs each; ``changed`` is for metrics that count items."""

    documents: int
    runs: int
    settings: Settings
    metrics: tuple[MetricComparison, ...]
    changed: tuple[ChangedDoc, ...]

    @property
    def tested(self) -> int:
        """The number of scores that were tested."""
        return sum(len(metric.scores) for metric in self.metrics)

    def to_json(self) -> dict[str, Any]:
        """Return everything, ready for JSON; fractions of 1, items as ``{"metric", "kind", "item", "runs"}``."""
        metrics = {}
        for metric in self.metrics:
            scores = {score.name: _without(asdict(score), "name") for score in metric.scores}
            facts = {"protocol": metric.protocol, "differing": metric.differing, "scores": scores}
            metrics[metric.metric] = {**facts, "changes": totals(self.changed, metric.metric)}
        changed = [
            {
                "number": doc.number,
                "id": doc.doc.id,
                "words": list(doc.doc.words),
                "changes": [asdict(change) for change in doc.changes],
            }
            for doc in self.changed
        ]
        settings = asdict(self.settings)
        return {
            "documents": self.documents, "runs": self.runs, "settings": settings, "metrics": metrics,
            "changed": changed,
        }  # fmt: skip


def _without(facts: dict[str, Any], key: str) -> dict[str, Any]:
    return {name: value for name, value in facts.items() if name != key}
