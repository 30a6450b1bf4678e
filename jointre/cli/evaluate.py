"""`jointre evaluate`."""

from pathlib import Path
from typing import Annotated

import typer

from jointre.cli import options
from jointre.cli.breakdown_options import Buckets, By, asked_breakdowns
from jointre.cli.console import json_of, note, out, print_json, result
from jointre.cli.evaluate_job import evaluate_in_bulk
from jointre.cli.forms import Form
from jointre.cli.job_options import (
    SHARD_SIZE,
    Devices,
    EngineName,
    ShardSize,
    Workers,
    Workplace,
    is_folder,
    refuse_bulk_options,
)
from jointre.cli.next_step import TEXT, next_step
from jointre.cli.output_checks import refuse_folder, refuse_unwritable
from jointre.cli.scoring import Scoring
from jointre.errors import INVALID, Fault, UsageError


def evaluate_cmd(
    context: typer.Context,
    model: options.ModelFolder,
    data: options.Data,
    output: Annotated[
        Path | None,
        typer.Option("--output", "-o", help="Write the scores as JSON, like --json.", metavar="FILE"),
    ] = None,
    target: Annotated[
        str | None,
        typer.Option(
            "--predictions",
            help="Write the predicted documents, in the format of the ending, else as JSONL; or into a folder, such as"
            " found/, to predict in bulk.",
            metavar="FILE",
        ),
    ] = None,
    by: By = None,
    buckets: Buckets = None,
    entities: options.GivenEntities = None,
    decoder: options.Decoder = None,
    without: options.Without = None,
    device: options.Device = "auto",
    precision: options.Precision = "fp32",
    max_loss: Annotated[
        float | None,
        typer.Option(
            "--max-loss",
            help="Score in fp32 as well; fail if entity or strict F1 falls by more points of F1 x100 in --precision.",
            metavar="POINTS",
            min=0.0,
        ),
    ] = None,
    batch_pieces: options.BatchPieces = None,
    reader: options.Reader = None,
    engine: EngineName = "local",
    workers: Workers = None,
    devices: Devices = None,
    shard_size: ShardSize = SHARD_SIZE,
    force: options.Force = False,
    code: options.Code = None,
    as_json: options.Json = False,
    quiet: options.Quiet = False,
    verbose: options.Verbose = False,
) -> None:
    """Score a model on an annotated corpus. Each score names its matching protocol.

    Example: jointre evaluate runs/first sample:test
    """
    from jointre.breakdowns import score_by
    from jointre.cli.progress import counted
    from jointre.data.atomic_write import write_json
    from jointre.data.report import Report
    from jointre.evaluate import evaluate
    from jointre.rendering.breakdowns import show_breakdowns
    from jointre.serialize import find_model

    if max_loss is not None and precision == "fp32":
        fault = Fault("nothing is compared in fp32", "--max-loss", "add --precision int8, or leave it out")
        raise UsageError(INVALID, [fault])
    bulk = target is not None and is_folder(target)
    predictions = None if target is None or bulk else Path(target)
    workplace = Workplace(engine, workers, devices, device, shard_size)
    if bulk:
        refuse_folder(Path(str(target)), "choose another folder")
    else:
        refuse_bulk_options(engine, workers, devices)
    refuse_unwritable(output, predictions, inputs=[data, find_model(model), *(code or ())])
    form = Form(None, predictions) if predictions is not None else None
    scoring = Scoring(model, data, entities, device, decoder, without)
    breakdowns = scoring.read(
        f"{data} cannot be scored",
        lambda: asked_breakdowns(scoring.pipeline.config, by, buckets),
        reader,
        batch_pieces,
        precision,
    )
    if bulk:
        found = evaluate_in_bulk(scoring, Path(str(target)), workplace, batch_pieces, code or (), force)
    else:
        with counted("documents", len(scoring.docs)) as advance:
            found = evaluate(scoring.predictor, scoring.docs, scoring.metrics, advance)
    broken = score_by(breakdowns, scoring.docs, found, scoring.metrics)
    scoring.report()
    facts = scoring.facts()
    if broken:
        facts["breakdowns"] = {name: scores.to_json() for name, scores in broken.items()}
    lost = None if max_loss is None else scoring.lost(found, batch_pieces)
    if lost is not None:
        facts["calibrated"] = lost.to_json()
    if as_json:
        print_json(context, facts)
    else:
        scoring.show()
        if lost is not None:
            result("\n".join(["", *lost.lines()]))
        if broken:
            result("")
            show_breakdowns(broken, out())
    if output is not None:
        write_json(output, json_of(context, facts))
        note(f"wrote {output}")
    if form is not None:
        report = Report()
        form.write(found, scoring.pipeline.labels, report)
        for notice in report.notices:
            note(notice)
        note(f"wrote {predictions}")
    if lost is not None and max_loss is not None:
        lost.refuse(max_loss, "predict in fp32, or allow more with --max-loss")
    if output is None and target is None:
        kept = ["device", "decoder", "batch_pieces", "code"]
        note(f"next: {TEXT} {next_step(context, 'predict', model, '-', keep=kept)}")
