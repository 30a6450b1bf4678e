"""The end of a run: complete the model folder, tune the threshold, write ``metrics.json``, and say what was kept."""

from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from jointre.data.atomic_write import write_json, writing
from jointre.data.strict_read import load_json
from jointre.errors import TrainingError
from jointre.evaluate import metric_values, to_json
from jointre.metrics.base import Metric
from jointre.pipeline import Pipeline, load
from jointre.predict import Predictor
from jointre.serialize import save_model
from jointre.training.events import Report
from jointre.training.explain_errors import explained
from jointre.training.loop import SMALLER
from jointre.training.nothing_found import Trained, explain, missing
from jointre.training.progress_lines import KeptState
from jointre.training.recorder import Recorder
from jointre.training.resume import ENDED
from jointre.training.setup import Setup
from jointre.training.threshold import tune

Say = Callable[[str], None]


@dataclass(frozen=True)
class DevScores:
    """Scores on dev of the state that was kept.

    Args:
        scores: with the corpus as key, as in ``metrics.json``; empty if the state was not scored.
        values: of all metrics, by name.
        tables: metrics that hold these scores; empty if they hold those of another state.
    """

    scores: Mapping[str, Any] = field(default_factory=dict)
    values: Mapping[str, float] = field(default_factory=dict)
    tables: list[Metric] = field(default_factory=list)


def finish(setup: Setup, recorder: Recorder, status: str, latest: Report | None, say: Say) -> DevScores:
    """Complete the files of a run that has stopped, except its log and its record.

    Args:
        setup: with the model in its last state.
        recorder: of the run.
        status: how it ended.
        latest: the last report of this process, if there was one.
        say: shows a message.

    Raises:
        TrainingError: the disk refuses, or memory is too small.
    """
    settings, early_stopping, step = setup.settings, setup.early_stopping, setup.updater.step
    meta = recorder.meta(status, step)
    keep_best = settings.keep == "best" and early_stopping.best is not None
    if keep_best:
        path = recorder.folder.model / "meta.json"
        saved = load_json(path)
        meta["updates"] = saved["updates"]
        write_json(path, {**saved, **meta})
        dev = DevScores(saved["scores"])
    else:
        dev = _last_scores(setup, latest)
        save(setup, recorder, {**meta, "scores": dev.scores})
    tuned = settings.tune_threshold is not None and status in ENDED
    if tuned:
        dev = _tune(setup, recorder, say)
    write_json(recorder.folder.metrics, {"updates": meta["updates"], "scores": dev.scores})
    if status in ENDED:
        _explain_missing(
            setup, recorder, Trained(meta["updates"], settings.epochs, _losses(latest), tuned), dev, say
        )
    score = early_stopping.best
    if tuned or not keep_best:
        score = early_stopping.value(dev.values) if dev.values.keys() >= set(early_stopping.names) else None
    per_epoch, metric = setup.updater.updates_per_epoch, settings.best_metric
    say(str(KeptState(meta["updates"], per_epoch, settings.epochs, keep_best, metric, score)))
    return dev


def save(setup: Setup, recorder: Recorder, meta: Mapping[str, Any]) -> None:
    """Write the model in its present state to the model folder, with ``meta`` as its meta data.

    Raises:
        TrainingError: the disk refuses.
    """
    folder = recorder.folder.model
    with writing("the model", folder):
        save_model(folder, setup.model, setup.tokenizer, recorder.config, meta)


def _last_scores(setup: Setup, latest: Report | None) -> DevScores:
    """Return the scores of the last state, if it was scored."""
    if latest is None or latest.step != setup.updater.step or not latest.scores:
        return DevScores()
    return DevScores(latest.scores, latest.values["dev"], list(setup.evaluation.metrics.values()))


def _losses(latest: Report | None) -> dict[str, float]:
    """Return the mean of each loss term in the last epoch."""
    values = {} if latest is None else latest.values
    return {name.removeprefix("loss_"): values[name] for name in values if name.startswith("loss_")}


def _explain_missing(setup: Setup, recorder: Recorder, trained: Trained, dev: DevScores, say: Say) -> None:
    """Explain why no entities or no relations are found, if that is so."""
    lacking = missing(setup.evaluation.metrics, dev.scores.get("dev", {}))
    if not lacking:
        return
    with suppress(TrainingError), explained(SMALLER):  # the run is over and saved: memory no longer matters
        _, predictor = _kept_model(setup, recorder)
        for line in explain(predictor, setup.corpora.dev, lacking, "dev", trained):
            say(line)


def _kept_model(setup: Setup, recorder: Recorder) -> tuple[Pipeline, Predictor]:
    """Load the model that was kept."""
    pipeline = load(recorder.folder.model, str(setup.device))
    given = setup.evaluation.entities == "gold"
    return pipeline, pipeline.predictor(setup.system.precision, setup.evaluation.batch_pieces, given)


def _tune(setup: Setup, recorder: Recorder, say: Say) -> DevScores:
    """Choose the threshold of the model that was kept, on dev."""
    metric = setup.settings.tune_threshold
    assert metric is not None
    say(f"choosing the threshold by {metric} on dev")
    pipeline, predictor = _kept_model(setup, recorder)
    # An earlier part of the run may have been killed after it had tuned the threshold.
    pipeline.model.threshold = setup.model.threshold
    folder, metrics = recorder.folder.model, setup.evaluation.metrics
    with explained(SMALLER), writing("the model", folder):
        tuned, _ = tune(folder, pipeline, predictor, setup.corpora.dev, metrics, metric, "dev")
    say(str(tuned))
    return DevScores({"dev": to_json(metrics)}, metric_values(metrics.values()), list(metrics.values()))
