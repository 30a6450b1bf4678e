"""Run an experiment in its folder: find out which runs are left to do, and do them."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from rich.console import Console

from jointre.console import SafeConsole
from jointre.data.atomic_write import is_part, remove_parts, write_json
from jointre.data.strict_read import load_json
from jointre.engines.base import Engine
from jointre.errors import Fault, UsageError
from jointre.experiments.job import Job
from jointre.experiments.load import Loaded, owners, to_json
from jointre.experiments.plan import FOLDS, plan_runs
from jointre.experiments.progress import View, name_of
from jointre.experiments.remote import remote
from jointre.experiments.results.read import RECORD, RESULT
from jointre.experiments.runner import Outcome, Runner
from jointre.experiments.spec import Run
from jointre.experiments.state import State, lacks_weights, state_of, state_of_pretraining
from jointre.training.run_folder import RunFolder

PART_SECONDS = 600.0  # a process that works on the experiment finishes writing a file within this time


@dataclass(frozen=True)
class Prepared:
    """An experiment and the state of its folder.

    Args:
        loaded: the experiment.
        folder: folder of the experiment.
        seeds: the requested seeds; if ``--seeds`` names them, also those of earlier calls.
        states: every run with its state, in the order in which they are done.
    """

    loaded: Loaded
    folder: Path
    seeds: tuple[int, ...]
    states: list[tuple[Run, State]]

    def look(self, run: Run) -> State:
        """Return the current state of a run."""
        if run.pretrains:
            return state_of_pretraining(run)
        experiment = self.loaded.experiment
        config = next(v.config for v in experiment.variants if v.name == run.variant)
        data = self.loaded.corpora.data(config, run.fold).hashes
        return state_of(run, data, experiment.score, experiment.by, experiment.cost)

    @property
    def asked(self) -> list[tuple[Run, State]]:
        """The runs of the requested variants, seeds and folds, and the runs whose weights those need.

        A run that was not requested is left out if nothing that needs it is left to train, so its folder may be removed
        then.
        """
        request = self.loaded.request
        seeds, folds = self.loaded.experiment.seeds, request.folds
        shared = owners(self.loaded.experiment)
        variants = {shared[name] for name in request.variants or shared}
        asked: list[tuple[Run, State]] = []
        named: set[Path | None] = set()
        needed: set[Path | None] = set()
        for run, state in reversed(self.states):  # a run comes after the one that it needs
            requested = run.variant in variants and run.seed in seeds and (not folds or run.fold in folds)
            if requested or run.folder in (named if state.faults else needed):
                asked.append((run, state))
                named.add(run.needs)
                if state.to_train:
                    needed.add(run.needs)
        return asked[::-1]


def prepare(loaded: Loaded, folder: Path) -> Prepared:
    """Look at the folder of an experiment without writing to it.

    Raises:
        UsageError: if the folder contains something else.
    """
    before = _before(loaded, folder)
    seeds = loaded.experiment.seeds
    if loaded.request.seeds:
        seeds = tuple(dict.fromkeys([*before.get("seeds", ()), *seeds]))
    every = replace(loaded, experiment=replace(loaded.experiment, seeds=seeds))
    prepared = Prepared(loaded, folder, seeds, [])
    runs = [_with_own_training(run) for run in plan_runs(every, folder)]
    return replace(prepared, states=[(run, prepared.look(run)) for run in runs])


def _with_own_training(run: Run) -> Run:
    """Return a run that trains its own weights if those that it could share were not kept."""
    lost = run.trained_in is not None and lacks_weights(RunFolder(run.trained_in))
    return replace(run, trained_in=None) if lost else run


def run_experiment(
    prepared: Prepared,
    workers: int = 1,
    devices: Sequence[int] = (),
    code: Sequence[str] = (),
    force: bool = False,
    console: Console | None = None,
    quiet: bool = False,
    engine: Engine | None = None,
) -> Outcome:
    """Do the runs that are not complete.

    Args:
        prepared: from `prepare`.
        workers: maximum number of parallel processes.
        devices: numbers of the GPUs that the workers share; empty to use the devices of the configs.
        code: files with components that the processes import.
        force: whether to retrain existing runs whose config or data changed.
        console: where to show progress; stderr by default.
        quiet: whether to show only failures.
        engine: does the runs; None for processes of this machine.

    Raises:
        UsageError: if existing runs have another config or other data, unless ``force``.
        TrainingError: if a file cannot be written.
        KeyboardInterrupt: on a second Ctrl-C.
    """
    if not force:
        _refuse_changed(prepared)
    experiment = prepared.loaded.experiment
    prepared.folder.mkdir(parents=True, exist_ok=True)
    remove_parts(prepared.folder, age=PART_SECONDS)
    write_record(prepared)
    asked = prepared.asked
    changed: set[Path] = set()
    for run, state in asked:
        if run.needs in changed:
            _forget(run)
        if state.faults or run.needs in changed:
            changed.add(run.folder)
    jobs = [
        Job(
            run,
            experiment.score,
            experiment.by,
            experiment.cost,
            code,
            run.folder in changed,
        )
        for run, state in asked
        if state.to_run or run.folder in changed
    ]
    metric = next((name for name in experiment.metrics if "@" not in name), experiment.metrics[0])
    view = View(
        console or SafeConsole(stderr=True), len(asked), len(asked) - len(jobs), metric, workers, quiet
    )
    if engine is None or not jobs:
        outcome = Runner(jobs, prepared.look, view, workers, devices).run()
    else:
        with remote(engine) as start:
            outcome = Runner(jobs, prepared.look, view, engine.workers, (), start).run()
    _find_vanished(prepared, outcome)
    return outcome


def _forget(run: Run) -> None:
    """Remove what says that a run was begun or is complete, because the run that it needs is done again."""
    folder = RunFolder(run.folder)
    for file in (run.folder / RESULT, folder.record, folder.checkpoint):
        file.unlink(missing_ok=True)


def write_record(prepared: Prepared) -> None:
    """Write experiment.json, which marks a folder as an experiment, and then the folds."""
    write_json(prepared.folder / RECORD, to_json(prepared.loaded, prepared.seeds))
    if prepared.loaded.plan is not None:
        prepared.loaded.plan.write(prepared.folder / FOLDS)


def _find_vanished(prepared: Prepared, outcome: Outcome) -> None:
    """Count runs whose results have vanished as failed, and restore experiment.json if it has vanished."""
    pending = {id(run) for run in [*outcome.left, *(run for run, _ in outcome.failed)]}
    for run, _ in prepared.asked:
        state = prepared.look(run)
        if id(run) not in pending and state.status not in ("complete", "running"):
            what = f"it was complete, but is now {state}: files have vanished from {run.folder}"
            outcome.done = [other for other in outcome.done if other is not run]
            outcome.failed.append((run, what))
    if prepared.folder.is_dir() and not (prepared.folder / RECORD).is_file():
        write_record(prepared)


def _before(loaded: Loaded, folder: Path) -> dict[str, Any]:
    """Return the content of experiment.json; empty if the folder is new."""
    path = folder / RECORD
    if path.is_file():
        before = load_json(path)
        if isinstance(before, dict) and _same(before, loaded):
            return before
        title = before.get("title") if isinstance(before, dict) else None
        what = f"contains the experiment {title!r}, not {loaded.experiment.title!r}"
    elif folder.is_file() or (folder.is_dir() and any(not is_part(entry) for entry in folder.iterdir())):
        what = "is not empty and not an experiment folder"
    else:
        return {}
    raise UsageError("the output folder is in use", [Fault(what, str(folder), "choose another --output")])


def _same(before: dict[str, Any], loaded: Loaded) -> bool:
    """Return whether both are the same experiment: the name is the same, and the file or, if it moved, the title."""
    file = (before.get("called") or {}).get("file", "")
    same_file = Path(file).resolve() == Path(loaded.file.given).resolve()
    same_title = before.get("title") == loaded.experiment.title
    return before.get("name") == loaded.experiment.name and (same_file or same_title)


def _refuse_changed(prepared: Prepared) -> None:
    """Raise a UsageError if existing runs have another config or other data; report equal differences once."""
    runs: dict[tuple[Fault, ...], list[str]] = {}
    for run, state in prepared.states:
        if state.faults:
            runs.setdefault(state.faults, []).append(name_of(run))
    faults = [
        Fault(f"{fault.where}{': ' if fault.where else ''}{fault.what}", _some(names))
        for found, names in runs.items()
        for fault in found
    ]
    if faults:
        remedy = "retrain these runs with --force, or choose another --output"
        title = f"{prepared.folder} has runs with another config or other data"
        raise UsageError(title, [*faults[:-1], replace(faults[-1], remedy=remedy)])


def _some(names: list[str]) -> str:
    return ", ".join(names[:3]) + (f" and {len(names) - 3} more" if len(names) > 3 else "")
