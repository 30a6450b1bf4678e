"""The threshold of a relation head, chosen by a figure on a dev corpus and stored in the model folder."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass, replace
from pathlib import Path

from jointre.config import load_config
from jointre.data.doc import Doc
from jointre.errors import Fault, UsageError
from jointre.evaluate import evaluate, figures, to_json
from jointre.metrics.base import Metric
from jointre.models.base import Model
from jointre.pipeline import Pipeline
from jointre.predict import NO_THRESHOLD, Predictor
from jointre.preflight.figures import no_figure
from jointre.serialize import SECTIONS, find_model, save_model

KEY = "model.relation_head.threshold"
GRID = [number / 100 for number in range(5, 100)]


@dataclass(frozen=True)
class Tuned:
    """A threshold and the ``figure`` that chose it, with their values before and after."""

    figure: str
    before: float
    threshold: float
    score_before: float
    score: float

    def __str__(self) -> str:
        change = f"threshold {self.before:g} -> {self.threshold:g}"
        line = f"{change}: {self.figure} {100 * self.score_before:.2f} -> {100 * self.score:.2f}"
        return line if self.score else f"warning: no threshold from {GRID[0]} to {GRID[-1]} helps: {line}"


def untunable(model: Model, metrics: Iterable[Metric], figure: str, place: str) -> list[Fault]:
    """Why the threshold of a built model cannot be chosen by ``figure``; ``place`` is where that was asked for."""
    known = list(figures(metrics))
    faults = []
    if figure not in known:
        faults.append(no_figure(figure, known, place))
    if model.threshold is None:
        remedy = 'leave it out, or set activation = "sigmoid" in [model.relation_head]'
        faults.append(Fault(NO_THRESHOLD, place, remedy))
    return faults


def refuse_untunable(model: Model, metrics: Iterable[Metric], figure: str | None, place: str) -> None:
    """Refuse to choose the threshold of a built model by a ``figure``, if that cannot be; None asks for none.

    Raises:
        UsageError: with all faults.
    """
    if figure is not None and (faults := untunable(model, metrics, figure, place)):
        raise UsageError("the threshold cannot be chosen", faults)


def best_threshold(
    predictor: Predictor,
    docs: Sequence[Doc],
    metrics: Mapping[str, Metric],
    figure: str,
    after_doc: Callable[[], None] = lambda: None,
) -> Tuned:
    """Score the present threshold and all of 0.05, 0.06 ... 0.99; every pair is scored once.

    Of equal ones the nearest to the present one is best, so a threshold changes only if that improves the figure.
    """
    before = predictor.model.threshold
    assert before is not None
    chooser = next(metric for metric in metrics.values() if figure in figures([metric]))
    chooser.reset(predictor.given)
    choosers = {value: deepcopy(chooser) for value in [before, *GRID]}
    for gold, found in zip(docs, predictor.at(docs, list(choosers)), strict=True):
        for metric, doc in zip(choosers.values(), found, strict=True):
            metric.update(gold, doc)
        after_doc()
    scores = {value: figures([metric])[figure] for value, metric in choosers.items()}
    best = max(scores, key=lambda value: (scores[value], -abs(value - before)))
    return Tuned(figure, before, best, scores[before], scores[best])


def tune(
    folder: Path,
    pipeline: Pipeline,
    predictor: Predictor,
    docs: Sequence[Doc],
    metrics: Mapping[str, Metric],
    figure: str,
    corpus: str,
    after_doc: Callable[[], None] = lambda: None,
) -> tuple[Tuned, list[Doc]]:
    """Choose the threshold of a model and store it in its folder, with the scores of ``corpus`` at it.

    Args:
        folder: model folder, or run folder around it. pipeline: loaded from it.
        predictor: of the pipeline.
        docs: the corpus. metrics: of the config; they hold the new scores afterwards.
        corpus: its name, for the scores that the folder keeps.
        after_doc: called twice a document: once in the search, once as it is predicted at the best threshold.

    Returns:
        What was chosen, and the documents predicted at it.

    Raises:
        UsageError: the model has no threshold, or there is no such figure.
    """
    refuse_untunable(pipeline.model, metrics.values(), figure, "--tune-threshold")
    scout = replace(predictor, skipped=[])
    tuned = best_threshold(scout, docs, metrics, figure, after_doc)
    pipeline.model.threshold = tuned.threshold
    found = evaluate(predictor, docs, metrics, after_doc)
    folder = find_model(folder)
    config = load_config(folder / "config.cfg", overrides={KEY: tuned.threshold}, sections=SECTIONS)
    facts = {"threshold": tuned.threshold, "before": tuned.before, "figure": figure, "corpus": corpus}
    meta = {**pipeline.meta, "scores": {corpus: to_json(metrics)}, "tuned": facts}
    save_model(folder, pipeline.model, pipeline.tokenizer, config, meta)
    return tuned, found
