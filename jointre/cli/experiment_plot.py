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

Kind = Literal["bars", "curves", "losses", "thresholds", "pretraining"]

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
        Kind | None,
        typer.Option(
            "--kind",
            help="bars: differences to the reference variant (default); curves: dev scores by epoch; losses: training"
            " losses by epoch, also of a run folder; thresholds: dev scores by threshold of tuned models; pretraining:"
            " losses of the experiment's pre-trainings.",
        ),
    ] = None,
    by: Annotated[
        str | None,
        typer.Option("--by", help="Scores by bucket of a breakdown, such as length.", metavar="BREAKDOWN"),
    ] = None,
    over: Annotated[
        str | None,
        typer.Option(
            "--over", help="Scores by a number of the config, such as model.context.heads.", metavar="KEY"
        ),
    ] = None,
    metric: Metric = None,
    corpus: Corpus = None,
    quiet: Quiet = False,
    verbose: Verbose = False,
) -> None:
    """Plot the results of an experiment: bars, curves, scores by length and other breakdowns, or by a setting.

    Example: jointre experiment plot runs/table3 --kind curves -o curves.png
    """
    from jointre.experiments.results.plot_style import refuse_plot

    given = {"--by": by, "--over": over, "--kind": kind}
    asked = [option for option, value in given.items() if value is not None]
    if len(asked) > 1:
        fault = Fault(f"cannot be combined with {asked[1]}", asked[0], "draw one plot after the other")
        raise UsageError(INVALID, [fault])
    run = _run_folder(experiment) if kind == "losses" else None
    name = f"by-{by}" if by else f"over-{over}" if over else kind or "bars"
    path = output or (run or folder_that_ran(experiment)) / f"{name}.svg"
    refuse_plot(path)
    refuse_unwritable(path, inputs=[] if run else results_of(experiment))
    if kind == "pretraining":
        _draw_pretraining(folder_that_ran(experiment), path)
    else:
        tables = [_single(run)] if run else tables_of(experiment, metric, corpus, by)
        _draw(tables, path, kind, by, over)
        note_missing(tables)
    note(f"wrote {path}")


def _draw_pretraining(folder: Path, path: Path) -> None:
    from jointre.data.strict_read import load_json
    from jointre.experiments.results.plot_pretraining import plot_pretraining
    from jointre.experiments.results.read import RECORD

    plot_pretraining(folder, load_json(folder / RECORD)["title"], path)


def _run_folder(experiment: str) -> Path | None:
    """Return the argument if it is a run folder of ``train`` or ``pretrain``."""
    from jointre.experiments.results.curves import LOG
    from jointre.experiments.results.read import RECORD

    folder = Path(experiment)
    return folder if (folder / LOG).is_file() and not (folder / RECORD).is_file() else None


def _single(folder: Path) -> "Summary":
    from jointre.experiments.results.plot_curves import single_run

    return single_run(folder)


def _draw(
    tables: "Sequence[Summary]", path: Path, kind: str | None, by: str | None, over: str | None
) -> None:
    from jointre.experiments.results.plot_curves import plot_curves, plot_losses, plot_thresholds

    curves = {"curves": plot_curves, "losses": plot_losses, "thresholds": plot_thresholds}
    if kind is not None and kind in curves:
        curves[kind](tables[0], path)
    elif by is not None or over is not None:
        from jointre.experiments.results.plot_buckets import plot_buckets
        from jointre.experiments.results.plot_setting import plot_setting

        if by is not None:
            plot_buckets(tables[0], by, path)
        elif over is not None:
            plot_setting(tables[0], over, path)
        if len(tables) > 1:
            note(f"showing only the scores on {tables[0].corpus}; choose another with --corpus")
    else:
        from jointre.experiments.results.plot_bars import plot_bars

        plot_bars(tables, path)
