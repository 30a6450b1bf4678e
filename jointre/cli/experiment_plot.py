"""`jointre experiment plot`."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from jointre.cli.console import note
from jointre.cli.experiment_results import (
    Corpus,
    Metric,
    Name,
    folder_that_ran,
    note_missing,
    results_of,
    tables_of,
)
from jointre.cli.options import Quiet, Verbose
from jointre.cli.output_checks import refuse_unwritable
from jointre.errors import INVALID, Fault, UsageError

if TYPE_CHECKING:
    from jointre.experiments.results.summary import Summary


def experiment_plot(
    experiment: Name,
    output: Annotated[
        Path | None,
        typer.Option(
            "--output",
            "-o",
            help="File to write: .svg, .png or .pdf. Default: a .svg in the folder of the experiment.",
            metavar="FILE",
        ),
    ] = None,
    kind: Annotated[
        Literal["bars", "curves"] | None,
        typer.Option(
            "--kind", help="Differences to the reference variant (default: bars), or dev scores by epoch."
        ),
    ] = None,
    by: Annotated[
        str | None,
        typer.Option("--by", help="Scores by bucket of a breakdown, such as length.", metavar="BREAKDOWN"),
    ] = None,
    metric: Metric = None,
    corpus: Corpus = None,
    quiet: Quiet = False,
    verbose: Verbose = False,
) -> None:
    """Plot the results of an experiment: bars, learning curves, or scores by length and other breakdowns.

    Example: jointre experiment plot runs/table3 --kind curves -o curves.png
    """
    from jointre.experiments.results.plot_style import refuse_plot

    if by is not None and kind is not None:
        fault = Fault("cannot be combined with --kind", "--by", "draw one plot after the other")
        raise UsageError(INVALID, [fault])
    path = output or folder_that_ran(experiment) / f"{f'by-{by}' if by else kind or 'bars'}.svg"
    refuse_plot(path)
    refuse_unwritable(path, inputs=results_of(experiment))
    tables = tables_of(experiment, metric, corpus, by)
    _draw(tables, path, kind, by)
    note_missing(tables)
    note(f"wrote {path}")


def _draw(tables: "Sequence[Summary]", path: Path, kind: str | None, by: str | None) -> None:
    if by is not None:
        from jointre.experiments.results.plot_buckets import plot_buckets

        plot_buckets(tables[0], by, path)
        if len(tables) > 1:
            note(f"showing only the scores on {tables[0].corpus}; choose another with --corpus")
    elif kind == "curves":
        from jointre.experiments.results.plot_curves import plot_curves

        plot_curves(tables[0], path)
    else:
        from jointre.experiments.results.plot_bars import plot_bars

        plot_bars(tables, path)
