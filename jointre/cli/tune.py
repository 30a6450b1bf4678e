"""`jointre tune`."""

from typing import Annotated

import typer

from jointre.cli import options
from jointre.cli.console import note, print_json
from jointre.cli.next_step import corpus_words, next_step
from jointre.cli.scoring import Scoring


def tune_cmd(
    context: typer.Context,
    model: options.ModelFolder,
    data: options.Data,
    metric: Annotated[
        str, typer.Option("--metric", help="Metric to maximize.", metavar="METRIC")
    ] = "strict_micro_f",
    entities: options.GivenEntities = None,
    decoder: options.Decoder = None,
    device: options.Device = "auto",
    batch_pieces: options.BatchPieces = None,
    reader: options.Reader = None,
    code: options.Code = None,
    as_json: options.Json = False,
    quiet: options.Quiet = False,
    verbose: options.Verbose = False,
) -> None:
    """Choose the relation threshold of a model on a dev corpus, and store it in the model folder.

    With --decoder, the decoder is also stored.

    Example: jointre tune runs/first sample:dev --metric strict_micro_f
    """
    from jointre.cli.progress import counted
    from jointre.training.threshold import refuse_untunable, tune

    scoring = Scoring(model, data, entities, device, decoder)
    pipeline, metrics = scoring.pipeline, scoring.metrics
    scoring.read(
        f"the threshold cannot be tuned on {data}",
        lambda: refuse_untunable(pipeline.model, metrics.values(), metric, "--metric"),
        reader,
        batch_pieces,
    )
    with counted("documents", 2 * len(scoring.docs)) as advance:
        corpus = scoring.docs
        tuned, _ = tune(model, pipeline, scoring.predictor, corpus, metrics, metric, data, advance, decoder)
    note(str(tuned))
    note(f"stored in {model}; these scores are optimistic: the threshold was tuned on this corpus")
    scoring.report(tuned=True)
    if as_json:
        print_json(context, {**scoring.facts(), "tuned": tuned.to_json()})
    else:
        scoring.show()
    known = ["sample:test"] if data.startswith("sample:") else corpus_words(pipeline.config, "test")
    kept = ["entities", "device", "batch_pieces", "code", *([] if known else ["reader"])]
    note(f"next: {next_step(context, 'evaluate', model, *(known or ['TEST_DATA']), keep=kept)}")
