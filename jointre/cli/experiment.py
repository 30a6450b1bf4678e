"""`jointre experiment run|list`; `table` and `plot` have files of their own."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NamedTuple

import typer

from jointre.cli.completion import experiment_names
from jointre.cli.config_argument import INVALID, overrides_left, reader_overrides
from jointre.cli.console import err, note, out, result, state
from jointre.cli.experiment_plot import experiment_plot
from jointre.cli.experiment_table import experiment_table
from jointre.cli.options import OVERRIDES, PLAIN, Code, Json, Quiet, Reader, Verbose, With
from jointre.cli.output_checks import refuse_folder
from jointre.errors import Fault, FaultList, UsageError
from jointre.printable import dump_json

if TYPE_CHECKING:
    from jointre.experiments.run import Prepared
    from jointre.experiments.runner import Outcome

experiment = typer.Typer(help="Train the rows of a table, several seeds each, from one file.", **PLAIN)


def _numbers(option: str, what: str) -> Callable[[str | None], str | None]:
    """A callback that refuses what is no list of whole numbers."""

    def check(value: str | None) -> str | None:
        parts = [] if value is None else value.split(",")
        wrong = [part for part in parts if not part.strip().isdecimal()]
        numbers = [int(part) for part in parts if part not in wrong]
        twice = [str(number) for number in dict.fromkeys(numbers) if numbers.count(number) > 1]
        faults = [Fault(f"{part!r} is no {what}", option, f"write {option} 0,1,2") for part in wrong]
        faults += [Fault(f"{number} stands there twice", option) for number in twice]
        if faults:
            raise UsageError("invalid command line", faults)
        return value

    return check


ExperimentName = Annotated[
    str,
    typer.Argument(
        metavar="EXPERIMENT",
        help="A file, a built-in name (ablations/spert/table3), or the folder of an experiment that ran.",
        autocompletion=experiment_names,
    ),
]
Seeds = Annotated[
    str | None,
    typer.Option(
        "--seeds",
        help="In place of those of the file: 0,1,2.",
        metavar="N,N",
        callback=_numbers("--seeds", "seed"),
    ),
]
FoldFile = Annotated[
    str | None,
    typer.Option(
        "--fold-file",
        help="Test lists of the folds, in place of the file that the experiment names.",
        metavar="FILE",
    ),
]
Folds = Annotated[
    str | None,
    typer.Option(
        "--folds", help="Do these folds alone: 0,1.", metavar="N,N", callback=_numbers("--folds", "fold")
    ),
]
RowNames = Annotated[
    str | None,
    typer.Option("--rows", help="Do these rows alone: full,mean.", metavar="NAME,NAME"),
]
Output = Annotated[
    Path | None,
    typer.Option("--output", "-o", help="Folder of the experiment. Default: runs/NAME.", metavar="DIR"),
]


@experiment.command("run", **OVERRIDES)
def experiment_run(
    context: typer.Context,
    name: ExperimentName,
    output: Output = None,
    seeds: Seeds = None,
    fold_file: FoldFile = None,
    folds: Folds = None,
    rows: RowNames = None,
    workers: Annotated[
        int | None, typer.Option("--workers", help="Runs at once. Default: 1, or one a device.", min=1)
    ] = None,
    devices: Annotated[
        str | None,
        typer.Option(
            "--devices",
            help="GPUs the workers share: 0,1.",
            metavar="N,N",
            callback=_numbers("--devices", "GPU"),
        ),
    ] = None,
    overlays: With = None,
    reader: Reader = None,
    code: Code = None,
    force: Annotated[
        bool, typer.Option("--force", help="Train runs anew that are there with another config or data.")
    ] = False,
    quiet: Quiet = False,
    verbose: Verbose = False,
) -> None:
    """Train and score every run that is not complete. The same command continues it.

    Any value of the config can be set for all rows with --section.key=value.

    Example: jointre experiment run ablations/spert/table3 --paths.train train.json --paths.dev dev.json
    """
    from jointre.experiments.run import run_experiment

    gpus = _gpus(devices)
    prepared = _prepared(context, name, output, _Asked(seeds, fold_file, folds, rows, reader), overlays)
    refuse_folder(prepared.folder)
    files = [str(file) for file in code or ()]
    done = run_experiment(prepared, workers or len(gpus) or 1, gpus, files, force, err(), state.quiet)
    _say_what_is_next(prepared, done)
    if done.interrupted:
        raise typer.Exit(130)
    if done.failed:
        raise typer.Exit(1)


@experiment.command("list", **OVERRIDES)
def experiment_list(
    context: typer.Context,
    name: ExperimentName,
    output: Output = None,
    seeds: Seeds = None,
    fold_file: FoldFile = None,
    folds: Folds = None,
    rows: RowNames = None,
    overlays: With = None,
    reader: Reader = None,
    code: Code = None,
    as_json: Json = False,
    quiet: Quiet = False,
    verbose: Verbose = False,
) -> None:
    """Check an experiment and show what would be run: its rows, what each changes, and how far each run is.

    Example: jointre experiment list ablations/spert/table3 --paths.train train.json --paths.dev dev.json
    """
    prepared = _prepared(context, name, output, _Asked(seeds, fold_file, folds, rows, reader), overlays)
    if as_json:
        result(dump_json(_facts(prepared), indent=2))
        return
    from jointre.experiments.show_plan import show_plan

    show_plan(prepared, out())
    note(f"next: jointre experiment run {name}, with the same options")


class _Asked(NamedTuple):
    """Which of the runs."""

    seeds: str | None
    fold_file: str | None
    folds: str | None
    rows: str | None
    reader: str | None


def _listed(given: str | None) -> list[int]:
    return [int(number) for number in given.split(",")] if given else []


def _prepared(
    context: typer.Context, name: str, output: Path | None, asked: _Asked, overlays: list[str] | None
) -> "Prepared":
    faults = FaultList()
    read = faults.attempt(reader_overrides, asked.reader) or {}
    overrides = {**read, **overrides_left(context, faults)}
    from jointre.experiments.load import load_experiment
    from jointre.experiments.results.read import folder_of
    from jointre.experiments.rows import Call
    from jointre.experiments.run import prepare

    rows = [name.strip() for name in (asked.rows or "").split(",") if name.strip()]
    seeds, folds = _listed(asked.seeds), _listed(asked.folds)
    call = Call(overlays or (), overrides, seeds, asked.fold_file, folds, rows)
    loaded = faults.attempt(load_experiment, name, call)
    faults.raise_all(INVALID)
    assert loaded is not None
    for notice in loaded.notices:
        note(notice)
    return prepare(loaded, output or folder_of(name))


def _gpus(devices: str | None) -> list[int]:
    from jointre.system import pick_device

    numbers = _listed(devices)
    for number in numbers:
        pick_device(f"cuda:{number}")
    return numbers


def _say_what_is_next(prepared: "Prepared", done: "Outcome") -> None:
    failed, left = len(done.failed), len(done.left)
    note("" if done.done or failed or left else "every run is complete: nothing was done")
    if failed:
        note(f"{failed} failed: RUN/output.log says more; the same command tries again")
    if left:
        note(f"{left} left; to continue: the same command")
    note(f"the experiment is in {prepared.folder}")
    note(f"next: jointre experiment table {prepared.folder}")


def _facts(prepared: "Prepared") -> dict[str, Any]:
    from jointre.experiments.load import to_json

    runs = [
        {
            "variant": run.variant,
            "seed": run.seed,
            "fold": run.fold,
            "folder": str(run.folder),
            "state": state.status,
            "update": state.update,
            "differs": [f"{fault.where}: {fault.what}" for fault in state.faults],
            "error": state.error,
        }
        for run, state in prepared.asked
    ]
    left = sum(state.to_run for _, state in prepared.asked)
    facts = to_json(prepared.loaded, prepared.seeds)
    return {**facts, "folder": str(prepared.folder), "runs": runs, "to_run": left}


experiment.command("table")(experiment_table)
experiment.command("plot")(experiment_plot)
