"""`jointre experiment table`."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from jointre.cli.console import json_of, note, out
from jointre.cli.experiment_results import Corpus, Metric, Name, note_missing, results_of, tables_of
from jointre.cli.next_step import next_step
from jointre.cli.options import Quiet, Verbose
from jointre.cli.output_checks import refuse_unwritable
from jointre.data.atomic_write import write_text
from jointre.printable import dump_json

if TYPE_CHECKING:
    from jointre.experiments.results.grid import Grid
    from jointre.experiments.results.summary import Summary

Format = Literal["text", "markdown", "csv", "json", "latex"]
ENDINGS: dict[str, Format] = {".md": "markdown", ".csv": "csv", ".json": "json", ".tex": "latex"}


def experiment_table(
    context: typer.Context,
    experiment: Name,
    output: Annotated[
        Path | None,
        typer.Option("--output", "-o", help="File to write: .md, .csv, .json or .tex.", metavar="FILE"),
    ] = None,
    form: Annotated[
        Format | None,
        typer.Option(
            "--format", help="Default: by the extension of the output, else text.", show_default=False
        ),
    ] = None,
    runs: Annotated[bool, typer.Option("--runs", help="Show one line per run instead of means.")] = False,
    cost: Annotated[
        bool, typer.Option("--cost", help="Show parameters, FLOPs, time and memory instead of scores.")
    ] = False,
    metric: Metric = None,
    corpus: Corpus = None,
    quiet: Quiet = False,
    verbose: Verbose = False,
) -> None:
    """Print the results of an experiment: mean, standard deviation and difference to the reference variant.

    Example: jointre experiment table runs/table3 --format markdown
    """
    form = form or ENDINGS.get(output.suffix if output else "", "text")
    refuse_unwritable(output, inputs=results_of(experiment))
    tables = tables_of(experiment, metric, corpus)
    text = _text(context, tables, form, runs, cost)
    if output is not None:
        write_text(output, text)
        note(f"wrote {output}")
    elif form == "text":
        from jointre.experiments.results.table_text import show_tables

        show_tables(_grids(tables, runs, cost), out())
    else:
        typer.echo(text, nl=False)
    if form == "csv":
        note_missing(tables)
    if output is None:
        note(f"next: {next_step(context, 'experiment plot', experiment, keep=['metric', 'corpus'])}")


def _grids(tables: "Sequence[Summary]", runs: bool, cost: bool) -> "list[Grid]":
    from jointre.experiments.results.cost import cost_grid
    from jointre.experiments.results.grid import runs_grid, summary_grid

    if cost:
        return [cost_grid(tables[0])]
    return [runs_grid(table) if runs else summary_grid(table) for table in tables]


def _text(context: typer.Context, tables: "Sequence[Summary]", form: Format, runs: bool, cost: bool) -> str:
    from jointre.experiments.results.cost import cost_csv
    from jointre.experiments.results.table_csv import runs_csv, summary_csv
    from jointre.experiments.results.table_json import facts_of
    from jointre.experiments.results.table_latex import latex
    from jointre.experiments.results.table_markdown import markdown
    from jointre.experiments.results.table_text import tables_text

    if form == "csv" and cost:
        return cost_csv(tables[0])
    if form == "csv":
        return (runs_csv if runs else summary_csv)(tables)
    if form == "json":
        return dump_json(json_of(context, facts_of(tables)), indent=2) + "\n"
    return {"markdown": markdown, "latex": latex, "text": tables_text}[form](_grids(tables, runs, cost))
