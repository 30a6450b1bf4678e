"""What comparing two systems found: figures with intervals and p-values, and the documents that changed."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Literal

from jointre.significance.changes import ChangedDoc, totals

Test = Literal["randomisation", "bootstrap"]
TESTS: tuple[Test, ...] = ("randomisation", "bootstrap")


@dataclass(frozen=True)
class Settings:
    """How to test.

    Args:
        samples: resamples of the bootstrap, and random swaps.
        seed: of both.
        tests: without the bootstrap there are no intervals.
        confidence: share of the intervals, between 0 and 1.
    """

    samples: int = 10_000
    seed: int = 0
    tests: tuple[Test, ...] = TESTS
    confidence: float = 0.95


@dataclass(frozen=True)
class PValue:
    """A two-sided p-value: from how many samples, whether these are all there are, and after Holm's correction."""

    p: float
    holm: float
    samples: int
    exact: bool


@dataclass(frozen=True)
class Estimate:
    """A figure, fraction of 1, with its interval if the bootstrap was asked for."""

    value: float
    interval: tuple[float, float] | None


@dataclass(frozen=True)
class FigureComparison:
    """One figure of both systems; ``difference`` is B - A."""

    figure: str
    a: Estimate
    b: Estimate
    difference: Estimate
    p: Mapping[Test, PValue]


@dataclass(frozen=True)
class MetricComparison:
    """The figures of one metric, and on how many documents the systems differ as it sees them."""

    metric: str
    protocol: str
    differing: int
    figures: tuple[FigureComparison, ...]


@dataclass(frozen=True)
class Comparison:
    """Two systems on one corpus, one run or several of each; ``changed`` is about metrics that count items."""

    documents: int
    runs: int
    settings: Settings
    metrics: tuple[MetricComparison, ...]
    changed: tuple[ChangedDoc, ...]

    @property
    def tested(self) -> int:
        """The number of figures."""
        return sum(len(metric.figures) for metric in self.metrics)

    def to_json(self) -> dict[str, Any]:
        """Everything, JSON-ready; fractions of 1, items as ``{"metric", "kind", "item", "runs"}``."""
        metrics = {}
        for metric in self.metrics:
            figures = {figure.figure: _without(asdict(figure), "figure") for figure in metric.figures}
            facts = {"protocol": metric.protocol, "differing": metric.differing, "figures": figures}
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
