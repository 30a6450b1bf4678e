"""Tuning the threshold of a relation head: choose it by a metric on a dev corpus, and store it in the model folder."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from jointre.config import load_config
from jointre.data.doc import Doc
from jointre.data.resplit import same_words
from jointre.errors import Fault, UsageError
from jointre.evaluate import evaluate, metric_values, to_json
from jointre.metrics.base import Metric
from jointre.models.base import Model
from jointre.pipeline import Pipeline
from jointre.predict import NO_THRESHOLD, Predictor
from jointre.preflight.metrics import unknown_metric
from jointre.serialize import SECTIONS, find_model, save_model

KEY = "model.relation_head.threshold"
DECODER = "model.decoder.@decoders"
GRID = [number / 100 for number in range(5, 100)]


@dataclass(frozen=True)
class Tuned:
    """A tuned threshold and the metric that chose it, with both their values before and after.

    ``curve`` has the score at each threshold that was tried, lowest first.
    """

    metric: str
    before: float
    threshold: float
    score_before: float
    score: float
    curve: Mapping[float, float] = field(default_factory=dict)

    def to_json(self) -> dict[str, Any]:
        """Return the metric, both thresholds, and the scores at them, between 0 and 1."""
        scores = {"score_before": self.score_before, "score": self.score}
        return {"metric": self.metric, "before": self.before, "threshold": self.threshold, **scores}

    def __str__(self) -> str:
        change = f"threshold {self.before:g} -> {self.threshold:g}"
        line = f"{change}: {self.metric} {100 * self.score_before:.2f} -> {100 * self.score:.2f}"
        return line if self.score else f"warning: no threshold from {GRID[0]} to {GRID[-1]} helps: {line}"


def untunable(model: Model, metrics: Iterable[Metric], metric_name: str, place: str) -> list[Fault]:
    """Return why the threshold of a built model cannot be tuned by a metric that is requested at ``place``."""
    known = list(metric_values(metrics))
    faults = []
    if metric_name not in known:
        faults.append(unknown_metric(metric_name, known, place))
    if model.threshold is None:
        remedy = 'leave it out, or set activation = "sigmoid" in [model.relation_head]'
        faults.append(Fault(NO_THRESHOLD, place, remedy))
    return faults


def refuse_untunable(model: Model, metrics: Iterable[Metric], metric_name: str | None, place: str) -> None:
    """Refuse to tune the threshold of a built model by the metric ``metric_name``, if that is impossible.

    Args:
        model: built.
        metrics: of the evaluation.
        metric_name: name of the metric; None if nothing is to be tuned.
        place: where it was requested.

    Raises:
        UsageError: with all faults.
    """
    if metric_name is not None and (faults := untunable(model, metrics, metric_name, place)):
        raise UsageError("cannot tune the threshold", faults)


def best_threshold(
    predictor: Predictor,
    docs: Sequence[Doc],
    metrics: Mapping[str, Metric],
    metric_name: str,
    after_doc: Callable[[], None] = lambda: None,
) -> Tuned:
    """Return the best of the present threshold and 0.05, 0.06, ..., 0.99; every pair is scored once.

    Of equally good thresholds, the one nearest to the present one is chosen, so the threshold changes only if that
    improves the metric.
    """
    before = predictor.model.threshold
    assert before is not None
    chooser = next(metric for metric in metrics.values() if metric_name in metric_values([metric]))
    chooser.reset(predictor.given)
    choosers = {value: deepcopy(chooser) for value in [before, *GRID]}
    for gold, found in zip(docs, predictor.at(docs, list(choosers)), strict=True):
        for metric, doc in zip(choosers.values(), found, strict=True):
            metric.update(*same_words([gold, doc]))
        after_doc()
    scores = {value: metric_values([metric])[metric_name] for value, metric in choosers.items()}
    best = max(scores, key=lambda value: (scores[value], -abs(value - before)))
    return Tuned(metric_name, before, best, scores[before], scores[best], dict(sorted(scores.items())))


def tune(
    folder: Path,
    pipeline: Pipeline,
    predictor: Predictor,
    docs: Sequence[Doc],
    metrics: Mapping[str, Metric],
    metric_name: str,
    corpus: str,
    after_doc: Callable[[], None] = lambda: None,
    decoder: str | None = None,
) -> tuple[Tuned, list[Doc]]:
    """Tune the threshold of a model and store it in its folder, with the scores on the corpus at this threshold.

    Args:
        folder: model folder, or run folder that contains it.
        pipeline: loaded from the folder.
        predictor: of the pipeline.
        docs: the corpus.
        metrics: of the config; they hold the new scores afterwards.
        metric_name: name of the metric to tune by.
        corpus: name of the corpus, under which the folder stores the scores.
        after_doc: called twice per document: in the search, and when it is predicted at the best threshold.
        decoder: name of the decoder that the model uses now, to be stored as well; None if it is that of the folder.

    Returns:
        What was chosen, and the documents predicted at it.

    Raises:
        UsageError: the model has no threshold, or the metric is unknown.
    """
    refuse_untunable(pipeline.model, metrics.values(), metric_name, "metric")
    scout = replace(predictor, skipped=[])
    tuned = best_threshold(scout, docs, metrics, metric_name, after_doc)
    pipeline.model.threshold = tuned.threshold
    found = evaluate(predictor, docs, metrics, after_doc)
    folder = find_model(folder)
    values = {KEY: tuned.threshold, **({DECODER: decoder} if decoder else {})}
    config = load_config(folder / "config.cfg", overrides=values, sections=SECTIONS)
    facts = {"threshold": tuned.threshold, "before": tuned.before, "metric": metric_name, "corpus": corpus}
    facts["curve"] = [list(point) for point in tuned.curve.items()]
    meta = {**pipeline.meta, "scores": {corpus: to_json(metrics)}, "tuned": facts}
    save_model(folder, pipeline.model, pipeline.tokenizer, config, meta)
    return tuned, found
