"""Score a trained run: write its predictions and, last, its ``result.json``."""

import json
from typing import Any

from jointre.breakdowns import Errors, flat, score_by
from jointre.config import EvaluationSettings, SystemSettings, resolve
from jointre.corpora import read_for
from jointre.data.atomic_write import write_json, write_text
from jointre.data.write import to_line
from jointre.evaluate import evaluate, metric_values, to_json
from jointre.experiments.job import Job
from jointre.experiments.results.read import RESULT
from jointre.inspection.cost import Cost, measure
from jointre.pipeline import Pipeline, load
from jointre.readers.base import Reader
from jointre.segmenters import segments_of
from jointre.training.run_folder import RunFolder
from jointre.training.run_record import sha256


def score(job: Job) -> None:
    """Predict and score each corpus of a job with the model in its folder.

    Number format and batches are those of the config, so the dev scores equal those found during training.

    Raises:
        RefusedError: if the model or a corpus cannot be used.
    """
    run, folder = job.run, RunFolder(job.run.folder)
    system: SystemSettings = resolve(run.config, "system")
    evaluation: EvaluationSettings = resolve(run.config, "evaluation")
    pipeline = load(folder.model, system.device)
    given = evaluation.entities == "gold"
    predictor = pipeline.predictor(system.precision, evaluation.batch_pieces, given)
    readers = resolve(run.config, "corpora")
    corpora: dict[str, Any] = {}
    for name in job.score:
        docs = read_for(pipeline.labels, readers[name], name, pipeline.splitter)
        found = evaluate(predictor, docs, evaluation.metrics)
        broken = score_by(
            {key: evaluation.breakdowns[key] for key in job.by}, docs, found, evaluation.metrics
        )
        errors = {key: each.to_json() for key, each in broken.items() if isinstance(each.breakdown, Errors)}
        predictions = f"predictions.{name}.jsonl"
        write_text(run.folder / predictions, "".join(f"{to_line(doc)}\n" for doc in found))
        corpora[name] = {
            "documents": len(docs),
            "sha256": sha256(docs),
            "figures": {**metric_values(evaluation.metrics.values()), **flat(broken)},
            "scores": to_json(evaluation.metrics),
            **({"breakdowns": errors} if errors else {}),
            "predictions": predictions,
        }
    cost = _cost(pipeline, readers[job.score[0]], job.score[0], evaluation.batch_pieces) if job.cost else None
    record = json.loads(folder.record.read_text(encoding="utf8"))
    facts = {
        "variant": run.variant,
        "seed": run.seed,
        "fold": run.fold,
        "seconds": record["seconds"],
        "updates": record["updates"],
        "status": record["status"],
        "by": list(job.by),
        **({"trained_in": record["trained_in"]} if "trained_in" in record else {}),
        **({"cost": cost.to_json()} if cost else {}),
        "evaluation": run.config.values["evaluation"],
        "corpora": corpora,
    }
    write_json(run.folder / RESULT, facts)


def _cost(pipeline: Pipeline, reader: Reader, name: str, batch_pieces: int | None) -> Cost:
    sentences, _ = segments_of(read_for(pipeline.labels, reader, name, pipeline.splitter), pipeline.segmenter)
    return measure(pipeline.model, pipeline.tokenizer, sentences, batch_pieces)
