"""`jointre experiment run` and `jointre experiment list`; see also experiment_table.py and experiment_plot.py."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NamedTuple

import typer

from jointre.cli.completion import experiment_names
from jointre.cli.config_argument import overrides_left, reader_overrides
from jointre.cli.console import err, note, out, print_json, state
from jointre.cli.experiment_pack import experiment_pack
from jointre.cli.experiment_plot import experiment_plot
from jointre.cli.experiment_table import experiment_table
from jointre.cli.job_options import engine_elsewhere, listed, numbers
from jointre.cli.next_step import next_step
from jointre.cli.options import OVERRIDES, PLAIN, Code, Json, Quiet, Reader, Verbose, With
from jointre.cli.output_checks import refuse_folder
from jointre.console import number_of
from jointre.errors import INVALID, FaultList
from jointre.printable import dump_json

if TYPE_CHECKING:
    from jointre.experiments.run import Prepared
    from jointre.experiments.runner import Outcome

experiment = typer.Typer(help="Train the variants of an experiment file, with several seeds each.", **PLAIN)


ExperimentName = Annotated[
    str,
    typer.Argument(
        metavar="EXPERIMENT",
        help="An experiment file, a built-in name (ablations/spert/table3), or the folder of an existing experiment.",
        autocompletion=experiment_names,
    ),
]
Seeds = Annotated[
    str | None,
    typer.Option(
        "--seeds",
        help="Use these seeds instead of those in the file: 0,1,2.",
        metavar="N,N",
        callback=numbers("--seeds", "seed"),
    ),
]
FoldFile = Annotated[
    str | None,
    typer.Option(
        "--fold-file",
        help="Test lists of the folds, instead of the file in the experiment.",
        metavar="FILE",
    ),
]
Folds = Annotated[
    str | None,
    typer.Option(
        "--folds", help="Run only these folds: 0,1.", metavar="N,N", callback=numbers("--folds", "fold")
    ),
]
VariantNames = Annotated[
    str | None,
    typer.Option("--rows", help="Run only these variants: full,mean.", metavar="NAME,NAME"),
]
Output = Annotated[
    Path | None,
    typer.Option("--output", "-o", help="Folder of the experiment. Default: runs/NAME.", metavar="DIR"),
]
Packed = Annotated[
    Path | None,
    typer.Option(
        "--packed",
        help="Results from jointre experiment pack: the runs in it are not trained again.",
        metavar="FILE",
    ),
]


@experiment.command("run", **OVERRIDES)
def experiment_run(
    context: typer.Context,
    name: ExperimentName,
    output: Output = None,
    seeds: Seeds = None,
    fold_file: FoldFile = None,
    folds: Folds = None,
    rows: VariantNames = None,
    packed: Packed = None,
    workers: Annotated[
        int | None,
        typer.Option("--workers", help="Number of parallel runs. Default: 1, or one per device.", min=1),
    ] = None,
    devices: Annotated[
        str | None,
        typer.Option(
            "--devices",
            help="GPUs that the workers share: 0,1.",
            metavar="N,N",
            callback=numbers("--devices", "GPU"),
        ),
    ] = None,
    engine: Annotated[
        str,
        typer.Option(
            "--engine",
            help="Where the runs are done: local, ray or submitit (Slurm).",
            metavar="NAME[:KEY=VALUE,...]",
        ),
    ] = "local",
    overlays: With = None,
    reader: Reader = None,
    code: Code = None,
    force: Annotated[
        bool, typer.Option("--force", help="Retrain runs whose config or data changed.")
    ] = False,
    quiet: Quiet = False,
    verbose: Verbose = False,
) -> None:
    """Train and score every run that is not complete. Repeat the command to continue a stopped experiment.

    Set any config value for all variants with --section.key=value.

    Example: jointre experiment run ablations/spert/table3 --paths.train train.json --paths.dev dev.json
    """
    from jointre.experiments.run import run_experiment

    elsewhere = engine_elsewhere(engine, workers, devices)
    gpus = _gpus(devices) if elsewhere is None else []
    chosen = _Chosen(seeds, fold_file, folds, rows, reader)
    prepared = _prepared(context, name, output, chosen, overlays)
    refuse_folder(prepared.folder)
    if packed is not None:
        prepared = _restored(prepared, packed)
    files = [str(file) for file in code or ()]
    count = workers or len(gpus) or 1

    def run(some: "Prepared") -> "Outcome":
        return run_experiment(some, count, gpus, files, force, err(), state.quiet, elsewhere)

    done = run(prepared)
    if prepared.loaded.file.search is not None and not rows and not done.interrupted:
        done = done + _search(prepared, run, count)
    _report(prepared, done)
    note(f"next: {next_step(context, 'experiment table', prepared.folder)}")
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
    rows: VariantNames = None,
    overlays: With = None,
    reader: Reader = None,
    code: Code = None,
    as_json: Json = False,
    quiet: Quiet = False,
    verbose: Verbose = False,
) -> None:
    """Check an experiment and list its variants, what each changes, and the status of each run. Train nothing.

    Example: jointre experiment list ablations/spert/table3 --paths.train train.json --paths.dev dev.json
    """
    chosen = _Chosen(seeds, fold_file, folds, rows, reader)
    prepared = _prepared(context, name, output, chosen, overlays)
    if as_json:
        print_json(context, _facts(prepared))
        return
    from jointre.experiments.show_plan import show_plan

    show_plan(prepared, out())
    kept = ["output", *_Chosen._fields, "overlays", "code"]
    note(f"next: {next_step(context, 'experiment run', name, keep=kept, overrides=True)}")


def _search(prepared: "Prepared", run: "Callable[[Prepared], Outcome]", count: int) -> "Outcome":
    """Do the trials of the search."""
    from jointre.experiments.load import load_experiment
    from jointre.experiments.run import prepare
    from jointre.experiments.search import Study, run_search

    loaded, search = prepared.loaded, prepared.loaded.file.search
    assert search is not None
    at_once = max(1, count // len(prepared.seeds))

    def with_trials(trials: Mapping[str, Mapping[str, Any]], names: list[str]) -> "Prepared":
        request = replace(loaded.request, trials=trials, variants=names)
        return prepare(load_experiment(loaded.file.given, request), prepared.folder)

    study = Study(search, prepared.folder)
    done = run_search(study, with_trials, run, at_once)
    if (best := study.best()) is not None:
        name, score = best
        values = ", ".join(f"{key} = {dump_json(value)}" for key, value in study.trials()[name].items())
        scored = f"{name} with {search.metric} {100 * score:.2f}"
        note(f"best of {number_of(len(study.trials()), 'trial')}: {scored}: {values}")
    return done


class _Chosen(NamedTuple):
    """The options that choose runs, as typed."""

    seeds: str | None
    fold_file: str | None
    folds: str | None
    rows: str | None
    reader: str | None


def _prepared(
    context: typer.Context, name: str, output: Path | None, chosen: _Chosen, overlays: list[str] | None
) -> "Prepared":
    faults = FaultList()
    read = faults.attempt(reader_overrides, chosen.reader) or {}
    overrides = {**read, **overrides_left(context, faults)}
    from jointre.experiments.load import load_experiment, trials_in
    from jointre.experiments.results.read import folder_of
    from jointre.experiments.run import prepare
    from jointre.experiments.variants import Request

    variants = [part.strip() for part in (chosen.rows or "").split(",") if part.strip()]
    seeds, folds = listed(chosen.seeds), listed(chosen.folds)
    folder = output or folder_of(name)
    request = Request(overlays or (), overrides, seeds, chosen.fold_file, folds, variants, trials_in(folder))
    loaded = faults.attempt(load_experiment, name, request)
    faults.raise_all(INVALID)
    assert loaded is not None
    for notice in loaded.notices:
        note(notice)
    return prepare(loaded, folder)


def _restored(prepared: "Prepared", packed: Path) -> "Prepared":
    from jointre.experiments.pack import restore
    from jointre.experiments.run import prepare

    runs = restore(prepared, packed)
    note(f"restored {number_of(len(runs), 'run')} from {packed}")
    return prepare(prepared.loaded, prepared.folder)


def _gpus(devices: str | None) -> list[int]:
    from jointre.system import pick_device

    numbers = listed(devices)
    for number in numbers:
        pick_device(f"cuda:{number}")
    return numbers


def _report(prepared: "Prepared", done: "Outcome") -> None:
    failed, left = len(done.failed), len(done.left)
    note("" if done.done or failed or left else "all runs are complete: nothing to do")
    if failed:
        note(
            f"{number_of(failed, 'run')} failed: see output.log in the run's folder; repeat the command to retry"
        )
    if left:
        note(f"{number_of(left, 'run')} left: repeat the command to continue")
    note(f"experiment folder: {prepared.folder}")


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
            "trained_in": state.trained_in or None,
            "differs": [f"{fault.where}: {fault.what}" for fault in state.faults],
            "error": state.error,
        }
        for run, state in prepared.asked
    ]
    left = sum(state.to_run for _, state in prepared.asked)
    facts = to_json(prepared.loaded, prepared.seeds)
    return {**facts, "folder": str(prepared.folder), "runs": runs, "to_run": left}


experiment.command("table")(experiment_table)
experiment.command("pack")(experiment_pack)
experiment.command("plot")(experiment_plot)
