"""Loading an experiment: file, rows, folds, and the check of all that before the first training."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from jointre.config import resolve
from jointre.config.tree import where
from jointre.data.strict_read import load_json
from jointre.errors import ConfigError, Fault, UsageError
from jointre.evaluate import figures
from jointre.experiments.corpora import Library
from jointre.experiments.experiment_file import ExperimentFile, read_file
from jointre.experiments.folds import FoldPlan, load_folds, read_corpus
from jointre.experiments.preflight import Door
from jointre.experiments.results.read import FACTS
from jointre.experiments.rows import Call, Rows, load_rows, same_values
from jointre.experiments.spec import Experiment
from jointre.nearest import did_you_mean


@dataclass(frozen=True)
class Loaded:
    """An experiment that can be run, and what it was loaded from.

    Args:
        experiment: checked.
        file, call: what it was asked for as.
        library: its corpora, read.
        plan: its folds, if there are any.
        notices: for the user.
    """

    experiment: Experiment
    file: ExperimentFile
    call: Call
    library: Library = field(repr=False)
    plan: FoldPlan | None = field(repr=False)
    notices: tuple[str, ...]


def load_experiment(given: str | Path, call: Call | None = None) -> Loaded:
    """Load an experiment and check all of it.

    Args:
        given: a file, the name of a built-in experiment, or the folder of one that ran.
        call: what the command line adds; for a folder, to what it was called with.

    Raises:
        RefusedError: with all faults: those of the file first, then those of the configs, then those of the data.
    """
    given, call = _asked(str(given), call or Call())
    file = read_file(given)
    _refuse_rows(file, call)
    rows = load_rows(file, call)
    plan = _folds(file, rows, call)
    seeds = tuple(call.seeds) or file.seeds
    library = Library(file.score, plan)
    experiment = Experiment(
        file.name,
        file.title,
        rows.variants,
        seeds,
        file.score,
        file.metrics,
        file.reference,
        file.by,
        plan.k if plan else 0,
    )
    _check(file, rows, library, experiment.folds)
    if not experiment.metrics:
        experiment = replace(experiment, metrics=_usual(rows))
    notices = (*rows.notices, *(plan.notices if plan else ()))
    return Loaded(experiment, file, call, library, plan, notices)


def owners(experiment: Experiment) -> dict[str, str]:
    """Row -> the row whose runs it shows: the first with the same config."""
    first: dict[str, str] = {}
    return {v.name: first.setdefault(same_values(v.config), v.name) for v in experiment.variants}


def _asked(given: str, call: Call) -> tuple[str, Call]:
    """The file behind the folder of an experiment, and the call with what it was called with before."""
    facts = Path(given) / FACTS
    if not facts.is_file():
        return given, call
    before = load_json(facts).get("called") or {}
    if "file" not in before:
        raise ConfigError("no experiment", [Fault("does not say of which file it is", str(facts))])
    overlays = [*before.get("with", ()), *call.overlays]
    overrides = {**before.get("set", {}), **call.overrides}
    return before["file"], Call(
        list(dict.fromkeys(overlays)),
        overrides,
        call.seeds or before.get("seeds", ()),
        call.fold_file or before.get("fold_file"),
        call.folds,
        call.rows,
    )


def _refuse_rows(file: ExperimentFile, call: Call) -> None:
    known = [row.name for row in file.rows]
    faults = [
        Fault(
            f"there is no row {name!r}",
            "--rows",
            did_you_mean(name, known) or f"there are: {', '.join(known)}",
        )
        for name in call.rows
        if name not in known
    ]
    if faults:
        raise UsageError("the command line is not understood", faults)


def _folds(file: ExperimentFile, rows: Rows, call: Call) -> FoldPlan | None:
    block, place = file.folds, str(where(file.place, ("folds",)))
    if call.fold_file is not None:
        own = {key: value for key, value in (block or {}).items() if key != "k"}
        block, place = {**own, "file": call.fold_file}, "--fold-file"
    if block is None:
        if call.folds:
            raise UsageError("the command line is not understood", [Fault("there are no folds", "--folds")])
        return None
    plan = load_folds(block, read_corpus(rows.base), place)
    beyond = [fold for fold in call.folds if fold >= plan.k]
    if beyond:
        faults = [Fault(f"there is no fold {fold}", "--folds", f"0 to {plan.k - 1}") for fold in beyond]
        raise UsageError("the command line is not understood", faults)
    return plan


def _check(file: ExperimentFile, rows: Rows, library: Library, folds: int) -> None:
    door = Door(file, library, folds)
    done: set[str] = set()
    for variant in rows.variants:
        key = same_values(variant.config)
        if key not in done:
            done.add(key)
            door.figures(variant.config, file.metrics, file.by)
            door.check(variant)
    if door.faults:
        raise ConfigError(f"experiment {file.given} is refused", door.faults)


def _usual(rows: Rows) -> tuple[str, ...]:
    """Micro F1 of everything that is scored."""
    every = figures(resolve(rows.base, "evaluation").metrics.values())
    return tuple(name for name in every if name.endswith("_micro_f"))


def to_json(loaded: Loaded, seeds: tuple[int, ...]) -> dict[str, Any]:
    """What ``experiment.json`` holds."""
    experiment, shared = loaded.experiment, owners(loaded.experiment)
    rows: list[Mapping[str, Any]] = [
        {"name": v.name, "title": v.title, "group": v.group, "changes": v.changes, "runs": shared[v.name]}
        for v in experiment.variants
    ]
    called = {
        "file": loaded.file.given,
        "with": list(loaded.call.overlays),
        "set": dict(loaded.call.overrides),
        "seeds": list(loaded.call.seeds),
        "fold_file": loaded.call.fold_file,
    }
    return {
        "name": experiment.name,
        "title": experiment.title,
        "rows": rows,
        "seeds": list(seeds),
        "score": list(experiment.score),
        "metrics": list(experiment.metrics),
        "by": list(experiment.by),
        "reference": experiment.reference,
        "folds": experiment.folds,
        "called": called,
    }
