"""What `experiment table` and `experiment plot` share: which experiment, and its results as tables."""

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
        help="The folder of an experiment that ran; or its file or built-in name, for runs/NAME.",
        autocompletion=experiment_names,
    ),
]
Metric = Annotated[
    list[str] | None,
    typer.Option(
        "--metric", help="Figure to show instead of those of the experiment. Repeatable.", metavar="FIGURE"
    ),
]

Corpus = Annotated[
    Literal["dev", "test"] | None, typer.Option("--corpus", help="Only the scores on this corpus.")
]


def folder_that_ran(experiment: str) -> Path:
    """The folder in which an experiment ran; refused if there is none."""
    from jointre.config.source import find
    from jointre.experiments.results.read import FACTS, folder_of

    folder = folder_of(experiment)
    if (folder / FACTS).is_file():
        return folder
    if Path(experiment).is_dir():
        fault = Fault(f"holds no {FACTS}", experiment, "give the folder that jointre experiment run wrote")
        raise UsageError("no experiment", [fault])
    find(experiment)
    remedy = f"jointre experiment run {experiment}; if it ran with --output, give that folder"
    raise UsageError(
        "the experiment has not run", [Fault(f"there is no {folder / FACTS}", experiment, remedy)]
    )


def results_of(experiment: str) -> list[Path]:
    """The files that hold what an experiment is and what came out, which no output may replace."""
    from jointre.experiments.results.read import FACTS, RESULT, folder_of

    folder = folder_of(experiment)
    files = [Path(experiment), folder / FACTS, *folder.glob(f"runs/**/{RESULT}")]
    return [file for file in files if file.is_file()]


def tables_of(experiment: str, metrics: Sequence[str] | None, corpus: str | None) -> "list[Summary]":
    """A table a corpus; refused where nothing is complete yet.

    Args:
        experiment: as the command line names it.
        metrics: figures in place of those of the experiment.
        corpus: the only one, if given.
    """
    from jointre.experiments.results.read import load_results, strays
    from jointre.experiments.results.summary import refuse_unknown, summarise

    folder = folder_that_ran(experiment)
    facts, results = load_results(folder)
    if not results:
        remedy = f"jointre experiment list {experiment} tells how far they are"
        raise UsageError("there is nothing to show yet", [Fault("no run is complete", str(folder), remedy)])
    refuse_unknown(metrics or (), results)
    if corpus is not None and corpus not in facts.score:
        fault = Fault(
            f"the runs were not scored on {corpus!r}", "--corpus", f"one of: {', '.join(facts.score)}"
        )
        raise UsageError("there is nothing to show", [fault])
    tables = summarise(facts, results, metrics or (), strays(folder, facts))
    return [table for table in tables if corpus in (None, table.corpus)]


def tell_missing(tables: "Sequence[Summary]") -> None:
    """Say on stderr how many runs are missing, for outputs that do not."""
    from jointre.experiments.results.notes import missing_runs

    for line in dict.fromkeys(line for table in tables for line in missing_runs(table)):
        note(line)
