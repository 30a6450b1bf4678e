"""`jointre compare`."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from jointre.cli.completion import config_names, corpus_names
from jointre.cli.console import note, out, print_json, result
from jointre.cli.options import Code, Json, Quiet, Reader, Verbose, Without

if TYPE_CHECKING:
    from jointre.significance.inputs import Inputs, Request

FEW_SEEDS = 5
"""With fewer seeds, a bootstrap over seeds sees too little of how they vary."""
SYSTEM = "Predictions as JSONL, a run folder, or EXPERIMENT/runs/VARIANT with all its seeds and folds."


def compare_cmd(
    context: typer.Context,
    a: Annotated[str, typer.Argument(metavar="A", help=f"The first system. {SYSTEM}")],
    b: Annotated[str, typer.Argument(metavar="B", help="The other system; differences are B - A.")],
    gold: Annotated[
        str | None,
        typer.Option(
            "--gold",
            metavar="DATA",
            help="Annotated corpus: file, folder, or sample:test. Default: the corpus of the runs.",
            autocompletion=corpus_names,
        ),
    ] = None,
    types: Annotated[
        Path | None,
        typer.Option("--types", metavar="FILE", help="Types file, which lists the symmetric relations."),
    ] = None,
    corpus: Annotated[
        Literal["dev", "test"] | None, typer.Option("--corpus", help="Corpus whose predictions to compare.")
    ] = None,
    metric: Annotated[
        list[str] | None,
        typer.Option(
            "--metric",
            metavar="NAME",
            help="A score (strict_macro_f), or a metric (strict) for its micro F1. Repeatable.",
        ),
    ] = None,
    config: Annotated[
        str | None,
        typer.Option(
            "--config",
            metavar="CONFIG",
            help="Config that defines the metrics. Default: the config of the runs.",
            autocompletion=config_names,
        ),
    ] = None,
    test: Annotated[
        Literal["randomisation", "bootstrap", "both", "seeds"],
        typer.Option(
            "--test",
            help="Significance test. seeds: a bootstrap over seeds and documents. Only bootstraps give intervals.",
        ),
    ] = "both",
    samples: Annotated[
        int, typer.Option("--samples", help="Number of bootstrap resamples or of random swaps.", min=1)
    ] = 10_000,
    seed: Annotated[int, typer.Option("--seed", help="Random seed for resampling.", min=0)] = 0,
    confidence: Annotated[
        float, typer.Option("--confidence", help="Confidence level of the intervals, between 0 and 1.")
    ] = 0.95,
    changes: Annotated[
        bool, typer.Option("--changes/--no-changes", help="Show the documents that changed.")
    ] = True,
    limit: Annotated[
        int,
        typer.Option("--limit", help="Maximum number of changed documents to show; --json has all.", min=1),
    ] = 20,
    items: Annotated[
        int,
        typer.Option("--items", help="Maximum number of items of each kind to show per document.", min=0),
    ] = 5,
    without: Without = None,
    reader: Reader = None,
    code: Code = None,
    as_json: Json = False,
    quiet: Quiet = False,
    verbose: Verbose = False,
) -> None:
    """Test whether two systems differ in their scores, and show which documents changed.

    Example: jointre compare first.jsonl second.jsonl --gold sample:test
    """
    _refuse_confidence(confidence)
    from jointre.cli.progress import counted
    from jointre.significance.compare import compare, slow_samples
    from jointre.significance.inputs import Request, load_inputs
    from jointre.significance.result import TESTS, Settings

    types_file = str(types) if types else None
    request = Request(a, b, gold, types_file, corpus, config, metric or (), reader, without)
    inputs = load_inputs(request)
    if not any(doc.entities for doc in inputs.gold):
        note(f"{inputs.gold_name} has no annotated entities, so these scores are meaningless")
    if test == "seeds" and 1 < len(inputs.seeds) < FEW_SEEDS:
        note(f"{len(inputs.seeds)} seeds are few: p and the intervals of the test of seeds are too small")
    settings = Settings(samples, seed, TESTS if test == "both" else (test,), confidence)
    chosen = {name: inputs.metrics[name] for name in inputs.scores}
    slow = slow_samples(chosen, settings)
    with counted("samples", slow, show=slow > 0) as advance:
        found = compare(inputs.gold, inputs.a, inputs.b, chosen, inputs.scores, settings, advance)
    if as_json:
        facts = {"a": a, "b": b, "gold": inputs.gold_name, "seeds": inputs.seeds, "folds": inputs.folds}
        left_out = {"without": without, "left_out": inputs.left_out} if without else {}
        print_json(context, {**facts, **left_out, **found.to_json()})
        return
    from jointre.rendering.changes import show_changes
    from jointre.rendering.comparison import show_comparison

    show_comparison(found, _heading(request, inputs), out())
    if changes:
        result("")
        show_changes(found, limit, out(), items)
        if len(found.changed) > limit:
            note(
                f"to see all {len(found.changed)} changed documents: --limit {len(found.changed)}, or --json"
            )


def _refuse_confidence(confidence: float) -> None:
    from jointre.errors import INVALID, Fault, UsageError

    if not 0 < confidence < 1:
        fault = Fault(f"{confidence:g} is not between 0 and 1", "--confidence", "for example 0.95")
        raise UsageError(INVALID, [fault])


def _heading(request: "Request", inputs: "Inputs") -> list[str]:
    """Return the lines that say what is compared."""
    lines = [
        f"A     {request.a}",
        f"B     {request.b}",
        f"gold  {inputs.gold_name}: {len(inputs.gold)} documents",
    ]
    if request.without is not None:
        lines.append(f"      without {inputs.left_out} that {request.without} contains")
    if len(inputs.seeds) > 1:
        seeds = ", ".join(str(seed) for seed in inputs.seeds)
        lines.append(f"runs  {len(inputs.seeds)} seeds, paired ({seeds}); scores are means over them")
    if len(inputs.folds) > 1:
        lines.append(f"folds {len(inputs.folds)}; their documents are scored together")
    return lines
