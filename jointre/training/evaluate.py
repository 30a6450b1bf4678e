"""Scoring predicted documents against gold ones."""

import warnings
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from jointre.data.doc import Doc
from jointre.metrics.base import Metric
from jointre.predict import Predictor


def evaluate(
    predictor: Predictor,
    docs: Sequence[Doc],
    metrics: Mapping[str, Metric],
    after_doc: Callable[[], None] | None = None,
) -> list[Doc]:
    """Predict ``docs`` and fill ``metrics`` (reset first); returns the predicted documents.

    Metrics are told whether the predictor is given the entities.
    """
    predicted: list[Doc] = []
    for metric in metrics.values():
        metric.reset()
        metric.given = predictor.given
    for gold, found in zip(docs, predictor(docs), strict=True):
        predicted.append(found)
        for metric in metrics.values():
            metric.update(gold, found)
        if after_doc is not None:
            after_doc()
    return predicted


def figures(metrics: Iterable[Metric]) -> dict[str, float]:
    """All figures of all metrics by name, fractions of 1; 0 without a warning where there was nothing to score."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return {name: value for metric in metrics for name, value in metric.compute().items()}


def to_json(metrics: Mapping[str, Metric]) -> dict[str, Any]:
    """Everything the metrics know, with their protocols."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return {name: metric.to_json() for name, metric in metrics.items()}
