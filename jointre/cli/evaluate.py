"""`jointre evaluate`."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from jointre.cli import options
from jointre.cli.breakdown_options import Buckets, By, asked_breakdowns
from jointre.cli.completion import corpus_names
from jointre.cli.console import note, out, result
from jointre.cli.options import BatchPieces, Code, Device, Json, ModelFolder, Quiet, TuneThreshold, Verbose
from jointre.cli.output_checks import refuse_unwritable
from jointre.printable import dump_json

if TYPE_CHECKING:
    from jointre.data.doc import Doc
    from jointre.readers.base import Reader


def evaluate_cmd(
    model: ModelFolder,
    data: Annotated[
        str,
        typer.Argument(
            metavar="DATA", help="A corpus: file, folder, or sample:test.", autocompletion=corpus_names
        ),
    ],
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="Write all figures as JSON.", metavar="FILE")
    ] = None,
    predictions: Annotated[
        Path | None,
        typer.Option("--predictions", help="Write the predicted documents as JSONL.", metavar="FILE"),
    ] = None,
    by: By = None,
    buckets: Buckets = None,
    entities: Annotated[
        Literal["predicted", "gold"] | None,
        typer.Option("--entities", help="gold: take the annotated entities, predict relations alone."),
    ] = None,
    tune_threshold: TuneThreshold = None,
    device: Device = "auto",
    batch_pieces: BatchPieces = None,
    reader: options.Reader = None,
    code: Code = None,
    as_json: Json = False,
    quiet: Quiet = False,
    verbose: Verbose = False,
) -> None:
    """Score a model on an annotated corpus; every figure names its protocol.

    Example: jointre evaluate runs/first sample:test
    """
    from jointre.breakdowns import score_by
    from jointre.cli.progress import counted
    from jointre.config import resolve
    from jointre.corpora import read_for
    from jointre.data.atomic_write import write_json, write_text
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
    from jointre.training.threshold import refuse_untunable, tune

    refuse_unwritable(output, predictions, inputs=[data, find_model(model), *(code or ())])
    keep_large_buffers()
    pipeline = load(model, device)
    evaluation = resolve(pipeline.config, "evaluation")
    metrics, given = evaluation.metrics, (entities or evaluation.entities) == "gold"

    def read() -> "tuple[Reader, list[Doc]]":
        corpus = open_data(data, reader=reader)
        return corpus, read_for(pipeline.labels, corpus, data)

    breakdowns, _, (corpus, docs) = all_of(
        f"{data} cannot be scored as asked for",
        lambda: asked_breakdowns(pipeline.config, by, buckets),
        lambda: refuse_untunable(pipeline.model, metrics.values(), tune_threshold, "--tune-threshold"),
        read,
    )
    predictor = pipeline.predictor(batch_pieces=batch_pieces, given=given)
    given = predictor.given
    if tune_threshold is None:
        with counted("documents", len(docs)) as advance:
            found = evaluate(predictor, docs, metrics, advance)
    else:
        with counted("documents", 2 * len(docs)) as advance:
            tuned, found = tune(model, pipeline, predictor, docs, metrics, tune_threshold, data, advance)
        note(str(tuned))
        note(f"stored in {model}; what follows is no test: {data} chose the threshold")
    broken = score_by(breakdowns, docs, found, metrics)
    for notice in [*getattr(corpus, "notices", []), *predictor.notices()]:
        note(notice)
    if not any(doc.entities for doc in docs):
        note(f"{data} has no annotated entity: no figure says anything")
    scores = to_json(metrics)
    if lacking := missing(metrics, scores):
        trained = Trained(pipeline.meta.get("updates"), tuned=tune_threshold is not None)
        for line in explain(predictor, docs, lacking, data, trained):
            note(line)
    facts: dict[str, Any] = {"model": str(model), "data": data, "entities": "gold" if given else "predicted"}
    facts |= {"documents": len(docs), "scores": scores}
    if broken:
        facts["breakdowns"] = {name: scores.to_json() for name, scores in broken.items()}
    if as_json:
        result(dump_json(facts))
    else:
        result(f"Scores on {data} ({len(docs)} documents{', gold entities given' if given else ''}), x100:\n")
        show_scores(list(metrics.values()), out())
        if broken:
            result("")
            show_breakdowns(broken, out())
    if output is not None:
        write_json(output, facts)
        note(f"wrote {output}")
    if predictions is not None:
        write_text(predictions, "".join(f"{to_line(doc)}\n" for doc in found))
        note(f"wrote {predictions}")
    if output is None and predictions is None:
        note(f"next: jointre predict {model} TEXT.txt")
