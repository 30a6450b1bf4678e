"""`jointre evaluate`."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from jointre.cli import options
from jointre.cli.breakdown_options import Buckets, By, asked_breakdowns
from jointre.cli.console import json_of, note, out, print_json, result
from jointre.cli.next_step import TEXT, next_step
from jointre.cli.output_checks import refuse_unwritable

if TYPE_CHECKING:
    from jointre.data.doc import Doc
    from jointre.readers.base import Reader


def evaluate_cmd(
    context: typer.Context,
    model: options.ModelFolder,
    data: options.Data,
    output: Annotated[
        Path | None,
        typer.Option("--output", "-o", help="Write the scores as JSON, like --json.", metavar="FILE"),
    ] = None,
    predictions: Annotated[
        Path | None,
        typer.Option("--predictions", help="Write the predicted documents as JSONL.", metavar="FILE"),
    ] = None,
    by: By = None,
    buckets: Buckets = None,
    entities: options.GivenEntities = None,
    device: options.Device = "auto",
    batch_pieces: options.BatchPieces = None,
    reader: options.Reader = None,
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
    from jointre.config import resolve
    from jointre.corpora import read_for, unannotated
    from jointre.data.atomic_write import write_json, write_text
    from jointre.data.resplit import wordless
    from jointre.data.write import to_line
    from jointre.errors import all_of
    from jointre.evaluate import evaluate, to_json
    from jointre.pipeline import load
    from jointre.readers.open import open_data
    from jointre.rendering.breakdowns import show_breakdowns
    from jointre.rendering.scores import show_scores
    from jointre.serialize import find_model
    from jointre.system import keep_large_buffers
    from jointre.training.nothing_found import Trained, explain, missing

    refuse_unwritable(output, predictions, inputs=[data, find_model(model), *(code or ())])
    keep_large_buffers()
    pipeline = load(model, device)
    evaluation = resolve(pipeline.config, "evaluation")
    metrics, given = evaluation.metrics, (entities or evaluation.entities) == "gold"

    def read() -> "tuple[Reader, list[Doc]]":
        corpus = open_data(data, reader=reader)
        return corpus, read_for(pipeline.labels, corpus, data, pipeline.splitter)

    breakdowns, (corpus, docs) = all_of(
        f"{data} cannot be scored",
        lambda: asked_breakdowns(pipeline.config, by, buckets),
        read,
    )
    predictor = pipeline.predictor(batch_pieces=batch_pieces, given=given)
    given = predictor.given
    with counted("documents", len(docs)) as advance:
        found = evaluate(predictor, docs, metrics, advance)
    broken = score_by(breakdowns, docs, found, metrics)
    for notice in [*getattr(corpus, "notices", []), *wordless(docs), *predictor.notices()]:
        note(notice)
    for notice in unannotated(data, docs, pipeline.labels):
        note(f"warning: {notice}")
    scores = to_json(metrics)
    if lacking := missing(metrics, scores):
        for line in explain(predictor, docs, lacking, data, Trained(pipeline.meta.get("updates"))):
            note(line)
    facts: dict[str, Any] = {"model": str(model), "data": data, "entities": "gold" if given else "predicted"}
    facts |= {"documents": len(docs), "scores": scores}
    if broken:
        facts["breakdowns"] = {name: scores.to_json() for name, scores in broken.items()}
    if as_json:
        print_json(context, facts)
    else:
        result(f"Scores on {data} ({len(docs)} documents{', gold entities given' if given else ''}), x100:\n")
        show_scores(list(metrics.values()), out())
        if broken:
            result("")
            show_breakdowns(broken, out())
    if output is not None:
        write_json(output, json_of(context, facts))
        note(f"wrote {output}")
    if predictions is not None:
        write_text(predictions, "".join(f"{to_line(doc)}\n" for doc in found))
        note(f"wrote {predictions}")
    if output is None and predictions is None:
        kept = ["device", "batch_pieces", "code"]
        note(f"next: {TEXT} {next_step(context, 'predict', model, '-', keep=kept)}")
