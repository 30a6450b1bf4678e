"""The arguments and the loading of results that `experiment table` and `experiment plot` share."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from jointre.cli.completion import experiment_names
from jointre.cli.console import note
from jointre.errors import Fault, UsageError

if TYPE_CHECKING:
    from jointre.experiments.results.summary import Summary

Name = Annotated[
    str,
    typer.Argument(
        metavar="EXPERIMENT",
        help="The folder of an existing experiment; or its file or built-in name, for runs/NAME.",
        autocompletion=experiment_names,
    ),
]
Metric = Annotated[
    list[str] | None,
    typer.Option(
        "--metric", help="Show this metric instead of those of the experiment. Repeatable.", metavar="NAME"
    ),
]

Corpus = Annotated[
    Literal["dev", "test"] | None, typer.Option("--corpus", help="Show only the scores on this corpus.")
]


def folder_that_ran(experiment: str) -> Path:
    """Return the folder of an existing experiment; raise a UsageError if there is none."""
    from jointre.config.source import find
    from jointre.experiments.results.read import RECORD, folder_of

    folder = folder_of(experiment)
    if (folder / RECORD).is_file():
        return folder
    if Path(experiment).is_dir():
        fault = Fault(f"contains no {RECORD}", experiment, "pass a folder written by jointre experiment run")
        raise UsageError("not an experiment folder", [fault])
    find(experiment)
    remedy = f"run it with: jointre experiment run {experiment}; if you used --output, pass that folder"
    raise UsageError(
        "the experiment has not been run", [Fault(f"{folder / RECORD} does not exist", experiment, remedy)]
    )


def results_of(experiment: str) -> list[Path]:
    """Return the files of an experiment and its results, which an output must not overwrite."""
    from jointre.experiments.results.read import RECORD, RESULT, folder_of

    folder = folder_of(experiment)
    files = [Path(experiment), folder / RECORD, *folder.glob(f"runs/**/{RESULT}")]
    return [file for file in files if file.is_file()]


def tables_of(
    experiment: str, metrics: Sequence[str] | None, corpus: str | None, by: str | None = None
) -> "list[Summary]":
    """Return a summary for each corpus.

    Args:
        experiment: the argument of the command line.
        metrics: names of metrics to show instead of those of the experiment.
        corpus: the only corpus to show; None for all.
        by: the breakdown to plot, whose scores ``metrics`` may name without a bucket.

    Raises:
        UsageError: if no run is complete, or a metric or the corpus is unknown.
    """
    from jointre.experiments.results.read import load_results, strays
    from jointre.experiments.results.summary import refuse_unknown, summarise

    folder = folder_that_ran(experiment)
    record, results = load_results(folder)
    if not results:
        remedy = f"to see the status of the runs, use: jointre experiment list {experiment}"
        raise UsageError("there are no results yet", [Fault("no run is complete", str(folder), remedy)])
    refuse_unknown(metrics or (), results, by)
    if corpus is not None and corpus not in record.score:
        fault = Fault(
            f"the runs were not scored on {corpus!r}", "--corpus", f"choose from: {', '.join(record.score)}"
        )
        raise UsageError("there are no such results", [fault])
    tables = summarise(record, results, metrics or (), strays(folder, record))
    return [table for table in tables if corpus in (None, table.corpus)]


def note_missing(tables: "Sequence[Summary]") -> None:
    """Print on stderr which runs are missing, for outputs that do not contain this."""
    from jointre.experiments.results.notes import missing_runs

    for line in dict.fromkeys(line for table in tables for line in missing_runs(table)):
        note(line)
