"""`jointre export`."""

from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from jointre.cli import options
from jointre.cli.completion import corpus_names
from jointre.cli.console import note, print_json, result
from jointre.cli.next_step import TEXT, next_step
from jointre.cli.output_checks import refuse_folder

if TYPE_CHECKING:
    from jointre.data.doc import Doc
    from jointre.exporting import Losses
    from jointre.pipeline import Pipeline

SAMPLE = "sample:dev"
COMPARED = 100
"""Number of documents on which both models are compared."""
REMEDY = "export it without --int8, or allow more with --max-loss"


def export_cmd(
    context: typer.Context,
    model: options.ModelFolder,
    output: Annotated[Path, typer.Argument(metavar="OUT", help="Model folder to write.")],
    backend: Annotated[
        Literal["onnx"], typer.Option("--backend", help="What computes the encoder: ONNX Runtime.")
    ] = "onnx",
    int8: Annotated[
        bool, typer.Option("--int8", help="Compute the linear maps of the encoder in int8.")
    ] = False,
    data: Annotated[
        str | None,
        typer.Option(
            "--data",
            help=f"Raw text or a corpus on whose first {COMPARED} documents both models are compared."
            f" Default: that of --calibrate, else {SAMPLE}.",
            metavar="DATA",
            autocompletion=corpus_names,
        ),
    ] = None,
    calibrate: Annotated[
        str | None,
        typer.Option(
            "--calibrate",
            help="Annotated corpus, such as dev: score both models on it, and write nothing if F1 falls too much.",
            metavar="DATA",
            autocompletion=corpus_names,
        ),
    ] = None,
    max_loss: options.MaxLoss = 0.3,
    reader: options.Reader = None,
    force: options.Force = False,
    code: options.Code = None,
    as_json: options.Json = False,
    quiet: options.Quiet = False,
    verbose: options.Verbose = False,
) -> None:
    """Write a model folder whose encoder is computed by ONNX Runtime on the CPU.

    It can be used like any other, but not trained. The command says how far states and predictions are the same.

    Example: jointre export runs/first runs/first-int8 --int8 --calibrate sample:dev
    """
    from jointre.exporting import compare, prepare
    from jointre.model_folder import refuse_output
    from jointre.pipeline import load
    from jointre.serialize import find_model

    inputs = {"the model": find_model(model)}
    inputs |= {name: Path(name) for name in (data, calibrate) if name is not None}
    refuse_folder(output, "choose another folder")
    refuse_output(output, inputs, force)
    pipeline = load(model, "cpu")
    annotated = None if calibrate is None else _corpus(pipeline, calibrate, reader)
    corpus = data or calibrate or SAMPLE
    docs = annotated if annotated and data is None else _documents(pipeline, corpus, reader)
    with prepare(pipeline, output, int8) as exported:
        same = compare(pipeline.predictor(), exported.pipeline.predictor(), docs[:COMPARED], corpus)
        exported.check(same)
        lost, scores = None, {}
        if calibrate is not None and annotated is not None:
            lost, scores[calibrate] = _scored(pipeline, exported.pipeline, annotated, calibrate)
        if not as_json:
            result("\n".join([str(same), *(lost.lines() if lost is not None else [])]))
        if lost is not None:
            lost.refuse(max_loss, REMEDY)
        exported.save(output, same, lost, scores)
    if as_json:
        compared = {"compared": vars(same), **({} if lost is None else {"calibrated": lost.to_json()})}
        facts = {"model": str(output), "original": str(model), "backend": backend, "int8": int8}
        print_json(context, {**facts, **compared})
    note(f"wrote {output}")
    note(f"next: {TEXT} {next_step(context, 'predict', output, '-', keep=['code'])}")


def _scored(
    original: "Pipeline", exported: "Pipeline", docs: "list[Doc]", corpus: str
) -> "tuple[Losses, dict[str, Any]]":
    """Return what is lost on a corpus, and all scores of the exported model."""
    from jointre.cli.progress import counted
    from jointre.config import resolve
    from jointre.counting import each
    from jointre.evaluate import to_json
    from jointre.exporting import losses, watched

    given = resolve(original.config, "evaluation").entities == "gold"
    one, two = (pipeline.predictor(given=given) for pipeline in (original, exported))
    with counted("documents", 2 * len(docs)) as advance:
        before, after = (list(each(predictor(docs), advance)) for predictor in (one, two))
    metrics = watched(original.config)
    return losses(before, after, docs, corpus, metrics, one.given), to_json(metrics)


def _corpus(pipeline: "Pipeline", name: str, reader: str | None) -> "list[Doc]":
    from jointre.corpora import read_for
    from jointre.readers.open import open_data

    return read_for(pipeline.labels, open_data(name, reader=reader), name, pipeline.splitter)


def _documents(pipeline: "Pipeline", name: str, reader: str | None) -> "list[Doc]":
    """Return documents to predict; with their entities, which must then be known, if the model needs some."""
    from jointre.readers.open import read_input

    if pipeline.model.given_only:
        return _corpus(pipeline, name, reader)
    return list(islice(read_input(name, reader=reader, splitter=pipeline.splitter), COMPARED))
