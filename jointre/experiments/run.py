"""An experiment in its folder: what is there, what is left to do, and doing it."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from rich.console import Console

from jointre.console import SafeConsole
from jointre.data.atomic_write import is_part, remove_parts, write_json
from jointre.data.strict_read import load_json
from jointre.errors import Fault, UsageError
from jointre.experiments.job import Job
from jointre.experiments.load import Loaded, owners, to_json
from jointre.experiments.plan import FOLDS, plan_runs
from jointre.experiments.progress import View, name_of
from jointre.experiments.results.read import FACTS
from jointre.experiments.runner import Outcome, Runner
from jointre.experiments.spec import Run
from jointre.experiments.state import State, state_of

PART_SECONDS = 600.0  # another process that works on the experiment has written a file by then


@dataclass(frozen=True)
class Prepared:
    """An experiment and its folder.

    Args:
        loaded: the experiment.
        folder: of the experiment.
        seeds: those asked for now, and where ``--seeds`` names them, those of earlier calls.
        states: every run and how far it is, in the order in which they are done.
    """

    loaded: Loaded
    folder: Path
    seeds: tuple[int, ...]
    states: list[tuple[Run, State]]

    def look(self, run: Run) -> State:
        """How far a run is now."""
        experiment = self.loaded.experiment
        config = next(v.config for v in experiment.variants if v.name == run.variant)
        data = self.loaded.library.data(config, run.fold).hashes
        return state_of(run, data, experiment.score, experiment.by)

    @property
    def asked(self) -> list[tuple[Run, State]]:
        """The runs of the rows, seeds and folds that were asked for now."""
        seeds, folds = self.loaded.experiment.seeds, self.loaded.call.folds
        shared = owners(self.loaded.experiment)
        rows = {shared[name] for name in self.loaded.call.rows or shared}
        return [
            (run, state)
            for run, state in self.states
            if run.variant in rows and run.seed in seeds and (not folds or run.fold in folds)
        ]


def prepare(loaded: Loaded, folder: Path) -> Prepared:
    """Look at the folder of an experiment; nothing is written.

    Raises:
        UsageError: the folder holds something else.
    """
    before = _before(loaded, folder)
    seeds = loaded.experiment.seeds
    if loaded.call.seeds:
        seeds = tuple(dict.fromkeys([*before.get("seeds", ()), *seeds]))
    every = replace(loaded, experiment=replace(loaded.experiment, seeds=seeds))
    prepared = Prepared(loaded, folder, seeds, [])
    return replace(prepared, states=[(run, prepared.look(run)) for run in plan_runs(every, folder)])


def run_experiment(
    prepared: Prepared,
    workers: int = 1,
    devices: Sequence[int] = (),
    code: Sequence[str] = (),
    force: bool = False,
    console: Console | None = None,
    quiet: bool = False,
) -> Outcome:
    """Do what is left to do.

    Args:
        prepared: from `prepare`.
        workers: processes at once.
        devices: numbers of the GPUs that they share; none: what the configs say.
        code: files with components, for the processes to import.
        force: train runs anew that are there with another config or other data.
        console: where progress goes; stderr by default.
        quiet: show only failures.

    Raises:
        UsageError: runs are there with another config or other data, and not ``force``.
        TrainingError: the disk refuses.
        KeyboardInterrupt: a second Ctrl-C.
    """
    if not force:
        _refuse_others(prepared)
    experiment = prepared.loaded.experiment
    prepared.folder.mkdir(parents=True, exist_ok=True)
    remove_parts(prepared.folder, age=PART_SECONDS)
    _write_facts(prepared)
    asked = prepared.asked
    jobs = [
        Job(run, experiment.score, experiment.by, code, anew=bool(state.faults))
        for run, state in asked
        if state.to_run or state.faults
    ]
    figure = next((name for name in experiment.metrics if "@" not in name), experiment.metrics[0])
    view = View(
        console or SafeConsole(stderr=True), len(asked), len(asked) - len(jobs), figure, workers, quiet
    )
    outcome = Runner(jobs, prepared.look, view, workers, devices).run()
    _find_vanished(prepared, outcome)
    return outcome


def _write_facts(prepared: Prepared) -> None:
    """experiment.json comes first: a folder that has it is an experiment's, however little else was written."""
    write_json(prepared.folder / FACTS, to_json(prepared.loaded, prepared.seeds))
    if prepared.loaded.plan is not None:
        prepared.loaded.plan.write(prepared.folder / FOLDS)


def _find_vanished(prepared: Prepared, outcome: Outcome) -> None:
    """Count runs as failed that were complete and are no longer; write again what is known."""
    pending = {id(run) for run in [*outcome.left, *(run for run, _ in outcome.failed)]}
    for run, _ in prepared.asked:
        state = prepared.look(run)
        if id(run) not in pending and state.status not in ("complete", "in work"):
            what = f"it was complete, and is {state} now: its folder, or files of it, have vanished ({run.folder})"
            outcome.done = [other for other in outcome.done if other is not run]
            outcome.failed.append((run, what))
    if prepared.folder.is_dir() and not (prepared.folder / FACTS).is_file():
        _write_facts(prepared)


def _before(loaded: Loaded, folder: Path) -> dict[str, Any]:
    """What experiment.json says; nothing if the folder is new."""
    path = folder / FACTS
    if path.is_file():
        before = load_json(path)
        if isinstance(before, dict) and _same(before, loaded):
            return before
        title = before.get("title") if isinstance(before, dict) else None
        what = f"holds the experiment {title!r}, not {loaded.experiment.title!r}"
    elif folder.is_file() or (folder.is_dir() and any(not is_part(entry) for entry in folder.iterdir())):
        what = "is not empty, and no folder of an experiment"
    else:
        return {}
    raise UsageError("the output folder is in use", [Fault(what, str(folder), "choose another --output")])


def _same(before: dict[str, Any], loaded: Loaded) -> bool:
    """Whether it is the same experiment: two of one name may come from different files, and a file may have moved."""
    file = (before.get("called") or {}).get("file", "")
    same_file = Path(file).resolve() == Path(loaded.file.given).resolve()
    same_title = before.get("title") == loaded.experiment.title
    return before.get("name") == loaded.experiment.name and (same_file or same_title)


def _refuse_others(prepared: Prepared) -> None:
    """Refuse runs that are there with another config or other data; equal differences are told once."""
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
        remedy = "--force trains these runs anew; or choose another --output"
        title = f"{prepared.folder} has runs of another config or other data than the experiment asks for now"
        raise UsageError(title, [*faults[:-1], replace(faults[-1], remedy=remedy)])


def _some(names: list[str]) -> str:
    return ", ".join(names[:3]) + (f" and {len(names) - 3} more" if len(names) > 3 else "")
