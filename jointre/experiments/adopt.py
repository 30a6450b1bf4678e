"""Complete the folder of a run with the weights that another run has trained, as if they had been trained there."""

import shutil
from collections.abc import Mapping
from typing import Any

from jointre.config import Config, EvaluationSettings, SystemSettings, resolve
from jointre.corpora import read_for
from jointre.data.atomic_write import private_folder, write_json, write_text, writing
from jointre.data.strict_read import load_json
from jointre.evaluate import evaluate, to_json
from jointre.experiments.results.curves import LOG
from jointre.experiments.results.read import run_name
from jointre.model_folder import CONFIG
from jointre.pipeline import Pipeline, load
from jointre.readers.base import Reader
from jointre.serialize import save_model
from jointre.training.run_folder import RunFolder
from jointre.training.run_record import changed, packages

KEPT = ("status", "updates", "seconds", "machine", "precision", "seed")
"""The meta data of a model folder that are about its training."""


def adopt(config: Config, folder: RunFolder, source: RunFolder) -> None:
    """Write config, model and dev scores of a run that has ended, and last its ``run.json``, which names the source.

    The training log stays in the source: its dev scores are those of another evaluation.

    Args:
        config: of the run; it trains the weights that are in ``source``, see
            `jointre.experiments.shared_training.training_identity`.
        folder: locked; what is in it is replaced.
        source: a run that has ended.

    Raises:
        RefusedError: if the model or the dev corpus cannot be used.
        TrainingError: if a file cannot be written.
    """
    record = load_json(source.record)
    folder.record.unlink(missing_ok=True)
    (folder.root / LOG).unlink(missing_ok=True)
    folder.clear()
    write_text(folder.config, config.text())
    pipeline = _with_config(config, folder, source)
    scores = _dev_scores(config, pipeline)
    meta = {key: pipeline.meta[key] for key in KEPT if key in pipeline.meta}
    with writing("the model", folder.model):
        save_model(folder.model, pipeline.model, pipeline.tokenizer, config, {**meta, "scores": scores})
    write_json(folder.metrics, {"updates": record["updates"], "scores": scores})
    trained_in = {"run": run_name(source.root), "weights_sha256": pipeline.meta["weights_sha256"]}
    own = {"config": config.name, "changed": changed(config), "packages": packages(config)}
    write_json(folder.record, {**record, **own, "trained_in": trained_in})


def _with_config(config: Config, folder: RunFolder, source: RunFolder) -> Pipeline:
    """Load the model of ``source`` as ``config`` describes it: with another decoder, for instance."""
    system: SystemSettings = resolve(config, "system")
    with writing("the model", folder.model), private_folder(folder.model) as place:
        copy = place / folder.model.name
        shutil.copytree(source.model, copy)
        (copy / CONFIG).write_text(config.text(), encoding="utf8")
        return load(copy, system.device)


def _dev_scores(config: Config, pipeline: Pipeline) -> dict[str, Any]:
    """Score the model on dev, as a training run does at its end; return nothing if there is no dev corpus."""
    readers: Mapping[str, Reader] = resolve(config, "corpora")
    if "dev" not in readers:
        return {}
    system: SystemSettings = resolve(config, "system")
    evaluation: EvaluationSettings = resolve(config, "evaluation")
    docs = read_for(pipeline.labels, readers["dev"], "dev", pipeline.splitter)
    given = evaluation.entities == "gold"
    evaluate(pipeline.predictor(system.precision, evaluation.batch_pieces, given), docs, evaluation.metrics)
    return {"dev": to_json(evaluation.metrics)}
