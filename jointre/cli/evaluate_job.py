"""Bulk `jointre evaluate`: predict in shards, with several workers, then score what they hold."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from jointre.cli.job_options import Workplace, end, run_job

if TYPE_CHECKING:
    from jointre.cli.scoring import Scoring
    from jointre.data.doc import Doc


def evaluate_in_bulk(
    scoring: "Scoring",
    folder: Path,
    workplace: Workplace,
    batch_pieces: int | None,
    code: Sequence[Path],
    force: bool,
) -> "list[Doc]":
    """Predict the corpus into a folder of shards, compute the metrics, and return the predicted documents.

    Raises:
        typer.Exit: the model refused documents, so there are no scores.
    """
    from jointre.evaluate import score
    from jointre.jobs.inputs import of_documents
    from jointre.jobs.predict import PredictSettings, PredictWork, prediction
    from jointre.readers.jsonl import JsonlReader
    from jointre.serialize import find_model

    given, engine = scoring.predictor.given, workplace.engine()
    settings = PredictSettings(
        given=given, decoder=scoring.decoder, precision=scoring.predictor.precision, batch_pieces=batch_pieces
    )
    file = of_documents(scoring.data, scoring.docs)
    kept = scoring.pipeline if workplace.is_this_process(engine) else None
    model = find_model(scoring.model).absolute()
    work = PredictWork(model, workplace.device, [file.origin], settings, list(code), kept)
    job = prediction(model, [file], folder, settings, workplace.shard_size, work)
    facts = run_job(job, engine, folder, force)
    end(facts)
    found = (doc for row in facts["shards"] for doc in JsonlReader(str(folder / row["file"])))
    return score(scoring.docs, found, scoring.metrics, given)
