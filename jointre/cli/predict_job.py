"""Bulk `jointre predict`: many documents, in shards, with several workers."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from jointre.cli.console import note
from jointre.cli.job_options import Workplace, end, is_folder, run_job
from jointre.cli.output_checks import refuse_folder
from jointre.cli.scoring import use_decoder
from jointre.errors import Fault, UsageError

if TYPE_CHECKING:
    from jointre.jobs.predict import PredictSettings


class Settings(NamedTuple):
    """The options that determine predictions, as typed."""

    form: str | None
    level: str
    entities: str | None
    threshold: float | None
    decoder: str | None
    precision: str
    batch_pieces: int | None


def is_bulk(inputs: Sequence[str], output: str | None, form: str | None, reader: str | None) -> bool:
    """Return whether the input or the output needs a bulk prediction."""
    from jointre.jobs.inputs import is_several

    if len(inputs) > 1 or is_several(inputs[0], reader):
        return True
    if output is None or not is_folder(output):
        return False
    from jointre.cli.forms import Form

    return not Form(form, Path(output)).files


def predict_in_bulk(
    model: Path,
    inputs: Sequence[str],
    output: str | None,
    given: Settings,
    workplace: Workplace,
    reader: str | None,
    code: Sequence[Path],
    force: bool,
) -> None:
    """Predict files of any size into a folder of shards."""
    from jointre import bf16
    from jointre.cli.progress import counted
    from jointre.jobs.given import hashes, paired
    from jointre.jobs.inputs import InputFile, input_files
    from jointre.jobs.predict import PredictWork, prediction
    from jointre.pipeline import load
    from jointre.serialize import find_model
    from jointre.system import keep_large_buffers

    folder = _folder(output)
    settings, engine = _settings(given), workplace.engine()
    refuse_folder(folder, "choose another folder")
    with counted("lines counted") as advance:
        files: Sequence[InputFile] = input_files(inputs, reader, advance)
    if given.entities not in (None, "gold"):
        entities = Path(given.entities)
        files, settings = paired(files, entities), replace(settings, entities=hashes(entities))
    keep_large_buffers()
    pipeline = load(model, workplace.own_device(engine))
    use_decoder(pipeline, given.decoder)
    predictor = settings.predictor(pipeline)
    settings = replace(settings, given=predictor.given)
    for notice in bf16.notices(predictor.device, settings.precision):
        note(notice)
    origins = [file.origin for file in files]
    kept = pipeline if workplace.is_this_process(engine) else None
    work = PredictWork(find_model(model).absolute(), workplace.device, origins, settings, list(code), kept)
    job = prediction(model, files, folder, settings, workplace.shard_size, work)
    del pipeline, predictor, kept  # several workers load their own
    end(run_job(job, engine, folder, force))


def _folder(output: str | None) -> Path:
    """Return the folder to write; refuse a missing one, and a name with the ending of a file."""
    from jointre.renderers.named import renderer_for
    from jointre.writers.named import writer_for

    if output is None:
        fault = Fault("there are several inputs", "OUTPUT", "name a folder to write, such as predictions/")
        raise UsageError("the output is missing", [fault])
    folder = Path(output)
    if not folder.exists() and not is_folder(output) and (writer_for(folder) or renderer_for(folder)):
        remedy = f"name a folder, such as {folder.stem}/; `jointre convert` can join its shards to one file"
        fault = Fault("this is the name of a file", output, remedy)
        raise UsageError("several inputs are written to a folder", [fault])
    return folder


def _settings(given: Settings) -> "PredictSettings":
    from jointre.jobs.predict import PredictSettings
    from jointre.writers.named import NamedWriter

    named = NamedWriter.parse(given.form or "jsonl", "--format")
    return PredictSettings(
        named.name,
        dict(named.arguments),
        given.level,
        given=given.entities is not None,
        threshold=given.threshold,
        decoder=given.decoder,
        precision=given.precision,
        batch_pieces=given.batch_pieces,
    )
