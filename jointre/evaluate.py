"""Score predicted documents against gold documents."""

import json
import warnings
from collections.abc import Callable, Iterable, Mapping, Sequence
from numbers import Real
from typing import Any

from jointre.attribution import broken_contract
from jointre.data.doc import Doc
from jointre.data.resplit import same_words
from jointre.metrics.base import Metric
from jointre.predict import Predictor


def evaluate(
    predictor: Predictor,
    docs: Sequence[Doc],
    metrics: Mapping[str, Metric],
    after_doc: Callable[[], None] | None = None,
) -> list[Doc]:
    """Predict ``docs`` and compute ``metrics`` (reset first); return the predicted documents.

    Args:
        predictor: makes the predictions; `Metric.reset` receives whether it is given the entities.
        docs: gold documents.
        metrics: by name.
        after_doc: called after each document.
    """
    return score(docs, predictor(docs), metrics, predictor.given, after_doc)


def score(
    docs: Iterable[Doc],
    found: Iterable[Doc],
    metrics: Mapping[str, Metric],
    given: bool = False,
    after_doc: Callable[[], None] | None = None,
) -> list[Doc]:
    """Compute ``metrics`` (reset first) for predicted documents; return these.

    Args:
        docs: gold documents.
        found: the predicted document for each of them, in the same order.
        metrics: by name.
        given: whether the predictions were given the entities.
        after_doc: called after each document.
    """
    predicted: list[Doc] = []
    for metric in metrics.values():
        metric.reset(given)
    for gold, doc in zip(docs, found, strict=True):
        predicted.append(doc)
        pair = same_words([gold, doc])
        for metric in metrics.values():
            metric.update(*pair)
        if after_doc is not None:
            after_doc()
    return predicted


def metric_values(metrics: Iterable[Metric]) -> dict[str, float]:
    """Return all scores of all metrics by name, as fractions of 1; 0 without a warning if there was nothing to score.

    Raises:
        ContractError: a metric's scores are not numbers by name.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return {name: value for metric in metrics for name, value in _numbers(metric).items()}


def to_json(metrics: Mapping[str, Metric]) -> dict[str, Any]:
    """Return everything the metrics know, with their protocols.

    Raises:
        ContractError: a metric returns something that cannot be written as JSON.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return {name: _writable(metric) for name, metric in metrics.items()}


def _numbers(metric: Metric) -> Mapping[str, float]:
    """Return the scores of a metric, after checking that they are numbers by name."""
    values = metric.compute()
    if not isinstance(values, Mapping):
        raise broken_contract(type(metric), f"compute returned a {type(values).__name__}, not a dictionary")
    for name, value in values.items():
        if not isinstance(name, str) or not isinstance(value, Real):
            raise broken_contract(type(metric), f"compute returned {name!r}: {value!r}, not a number by name")
    return values


def _writable(metric: Metric) -> dict[str, Any]:
    """Return the facts that a metric stores, after checking that they can be written as JSON."""
    facts = metric.to_json()
    try:
        json.dumps(facts)
    except (TypeError, ValueError) as error:
        what = f"to_json returned what cannot be written as JSON: {error}"
        raise broken_contract(type(metric), what) from error
    return facts
