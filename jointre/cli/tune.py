"""`jointre tune`."""

from typing import TYPE_CHECKING, Annotated

import typer

from jointre.cli import options
from jointre.cli.console import note, out, print_json, result
from jointre.cli.next_step import corpus_words, next_step

if TYPE_CHECKING:
    from jointre.data.doc import Doc
    from jointre.readers.base import Reader


def tune_cmd(
    context: typer.Context,
    model: options.ModelFolder,
    data: options.Data,
    metric: Annotated[
        str, typer.Option("--metric", help="Metric to maximize.", metavar="METRIC")
    ] = "strict_micro_f",
    entities: options.GivenEntities = None,
    device: options.Device = "auto",
    batch_pieces: options.BatchPieces = None,
    reader: options.Reader = None,
    code: options.Code = None,
    as_json: options.Json = False,
    quiet: options.Quiet = False,
    verbose: options.Verbose = False,
) -> None:
    """Choose the relation threshold of a model on a dev corpus, and store it in the model folder.

    Example: jointre tune runs/first sample:dev --metric strict_micro_f
    """
    from jointre.cli.progress import counted
    from jointre.config import resolve
    from jointre.corpora import read_for
    from jointre.data.resplit import wordless
    from jointre.errors import all_of
    from jointre.evaluate import to_json
    from jointre.pipeline import load
    from jointre.readers.open import open_data
    from jointre.rendering.scores import show_scores
    from jointre.system import keep_large_buffers
    from jointre.training.nothing_found import Trained, explain, missing
    from jointre.training.threshold import refuse_untunable, tune

    keep_large_buffers()
    pipeline = load(model, device)
    evaluation = resolve(pipeline.config, "evaluation")
    metrics, given = evaluation.metrics, (entities or evaluation.entities) == "gold"

    def read() -> "tuple[Reader, list[Doc]]":
        corpus = open_data(data, reader=reader)
        return corpus, read_for(pipeline.labels, corpus, data, pipeline.splitter)

    _, (corpus, docs) = all_of(
        f"the threshold cannot be tuned on {data}",
        lambda: refuse_untunable(pipeline.model, metrics.values(), metric, "--metric"),
        read,
    )
    predictor = pipeline.predictor(batch_pieces=batch_pieces, given=given)
    with counted("documents", 2 * len(docs)) as advance:
        tuned, _ = tune(model, pipeline, predictor, docs, metrics, metric, data, advance)
    for notice in [*getattr(corpus, "notices", []), *wordless(docs), *predictor.notices()]:
        note(notice)
    note(str(tuned))
    note(f"stored in {model}; these scores are optimistic: the threshold was tuned on this corpus")
    scores = to_json(metrics)
    if lacking := missing(metrics, scores):
        for line in explain(
            predictor, docs, lacking, data, Trained(pipeline.meta.get("updates"), tuned=True)
        ):
            note(line)
    if as_json:
        facts = {"model": str(model), "data": data, "entities": "gold" if predictor.given else "predicted"}
        print_json(context, {**facts, "documents": len(docs), "tuned": tuned.to_json(), "scores": scores})
    else:
        given_note = ", gold entities given" if predictor.given else ""
        result(f"Scores on {data} ({len(docs)} documents{given_note}), x100:\n")
        show_scores(list(metrics.values()), out())
    known = ["sample:test"] if data.startswith("sample:") else corpus_words(pipeline.config, "test")
    kept = ["entities", "device", "batch_pieces", "code", *([] if known else ["reader"])]
    note(f"next: {next_step(context, 'evaluate', model, *(known or ['TEST_DATA']), keep=kept)}")
