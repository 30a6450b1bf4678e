"""Load an experiment: its file, variants and folds, and check all of it before the first run."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from jointre.config import resolve
from jointre.config.tree import where
from jointre.data.strict_read import load_json
from jointre.errors import INVALID, ConfigError, Fault, UsageError
from jointre.evaluate import metric_values
from jointre.experiments.corpora import CorpusCache
from jointre.experiments.experiment_file import ExperimentFile, read_file
from jointre.experiments.folds import FoldPlan, load_folds, read_corpus
from jointre.experiments.preflight import Preflight
from jointre.experiments.results.read import RECORD
from jointre.experiments.shared_training import training_identity
from jointre.experiments.spec import Experiment
from jointre.experiments.variants import Request, Variants, identity, load_variants, same_values
from jointre.nearest import did_you_mean


@dataclass(frozen=True)
class Loaded:
    """An experiment that is ready to run, and what it was loaded from.

    Args:
        experiment: the checked experiment.
        file: the experiment file.
        request: what the command line adds to it.
        corpora: its corpora, read.
        plan: its folds; None without cross-validation.
        notices: messages for the user.
    """

    experiment: Experiment
    file: ExperimentFile
    request: Request
    corpora: CorpusCache = field(repr=False)
    plan: FoldPlan | None = field(repr=False)
    notices: tuple[str, ...]


def load_experiment(given: str | Path, request: Request | None = None) -> Loaded:
    """Load an experiment and check all of it.

    Args:
        given: a file, the name of a built-in experiment, or the folder of an existing experiment.
        request: what the command line adds; for a folder, it is added to the options of the earlier call.

    Raises:
        RefusedError: with all faults of the file; if there are none, of the configs; if there are none, of the data.
    """
    given, request = _continued(str(given), request or Request())
    file = read_file(given)
    _refuse_unknown_variants(file, request)
    variants = load_variants(file, request)
    plan = _folds(file, variants, request)
    corpora = CorpusCache(file.score, plan)
    experiment = Experiment(
        file.name,
        file.title,
        variants.variants,
        tuple(request.seeds) or file.seeds,
        file.score,
        file.metrics,
        file.reference,
        file.by,
        plan.k if plan else 0,
        variants.pretrainings,
        file.cost,
    )
    _check(file, variants, corpora, experiment.folds, request.trials)
    if not experiment.metrics:
        experiment = replace(experiment, metrics=_default_metrics(variants))
    notices = (*variants.notices, *(plan.notices if plan else ()))
    return Loaded(experiment, file, request, corpora, plan, notices)


def owners(experiment: Experiment) -> dict[str, str]:
    """Map each variant to the variant whose runs it uses: the first one with the same config."""
    first: dict[str, str] = {}
    return {v.name: first.setdefault(identity(v), v.name) for v in experiment.variants}


def trainers(experiment: Experiment) -> dict[str, str]:
    """Map each variant to the one that trains its weights: the first that differs at most in how it is scored."""
    first: dict[str, str] = {}
    return {v.name: first.setdefault(training_identity(v), v.name) for v in experiment.variants}


def _continued(given: str, request: Request) -> tuple[str, Request]:
    """Return the file of an existing experiment and its earlier request, updated with this one."""
    path = Path(given) / RECORD
    if not path.is_file():
        return given, request
    before = load_json(path).get("called") or {}
    if "file" not in before:
        raise ConfigError("cannot continue the experiment", [Fault("'called.file' is missing", str(path))])
    overlays = [*before.get("with", ()), *request.overlays]
    return before["file"], replace(
        request,
        overlays=list(dict.fromkeys(overlays)),
        overrides={**before.get("set", {}), **request.overrides},
        seeds=request.seeds or before.get("seeds", ()),
        fold_file=request.fold_file or before.get("fold_file"),
    )


def trials_in(folder: Path) -> dict[str, dict[str, Any]]:
    """Return the trials of the search of an existing experiment; empty if there are none."""
    path = folder / RECORD
    facts = load_json(path) if path.is_file() else {}
    called = facts.get("called") if isinstance(facts, dict) else None
    return dict(called.get("trials", {})) if isinstance(called, dict) else {}


def _refuse_unknown_variants(file: ExperimentFile, request: Request) -> None:
    known = [*(variant.name for variant in file.variants), *request.trials]
    _refuse(
        Fault(
            f"unknown variant {name!r}",
            "--rows",
            did_you_mean(name, known) or f"choose from: {', '.join(known)}",
        )
        for name in request.variants
        if name not in known
    )


def _folds(file: ExperimentFile, variants: Variants, request: Request) -> FoldPlan | None:
    block, place = file.folds, str(where(file.place, ("folds",)))
    if request.fold_file is not None:
        own = {key: value for key, value in (block or {}).items() if key != "k"}
        block, place = {**own, "file": request.fold_file}, "--fold-file"
    if block is None:
        if request.folds:
            _refuse([Fault("the experiment has no folds", "--folds")])
        return None
    plan = load_folds(block, read_corpus(variants.base), place)
    beyond = [fold for fold in request.folds if fold >= plan.k]
    _refuse(Fault(f"unknown fold {fold}", "--folds", f"choose from 0 to {plan.k - 1}") for fold in beyond)
    return plan


def _refuse(faults: Iterable[Fault]) -> None:
    if found := list(faults):
        raise UsageError(INVALID, found)


def _check(
    file: ExperimentFile, variants: Variants, corpora: CorpusCache, folds: int, trials: Collection[str]
) -> None:
    preflight = Preflight(file, corpora, folds)
    done: set[str] = set()
    if file.search is not None:
        preflight.check_search(variants.base, file.search.metric)
    for variant in variants.variants:
        if variant.name in trials:
            continue  # a trial that cannot be trained fails, and the search continues
        key = same_values(variant.config)
        if key not in done:
            done.add(key)
            preflight.check_metrics(variant.config, file.metrics, file.by)
            preflight.check(variant)
    for pretraining in variants.pretrainings:
        preflight.check_pretraining(pretraining)
    if preflight.faults:
        raise ConfigError(f"invalid experiment {file.given}", preflight.faults)


def _default_metrics(variants: Variants) -> tuple[str, ...]:
    """Return the micro F1 of everything that is scored."""
    every = metric_values(resolve(variants.base, "evaluation").metrics.values())
    return tuple(name for name in every if name.endswith("_micro_f"))


def to_json(loaded: Loaded, seeds: tuple[int, ...]) -> dict[str, Any]:
    """Return the content of ``experiment.json``."""
    experiment, shared = loaded.experiment, owners(loaded.experiment)
    trained = trainers(experiment)
    variants: list[Mapping[str, Any]] = [
        {
            "name": v.name,
            "title": v.title,
            "group": v.group,
            "changes": v.changes,
            "runs": shared[v.name],
            "trained_in": trained[v.name],
        }
        for v in experiment.variants
    ]
    called = {
        "file": loaded.file.given,
        "with": list(loaded.request.overlays),
        "set": dict(loaded.request.overrides),
        "seeds": list(loaded.request.seeds),
        "fold_file": loaded.request.fold_file,
    }
    if loaded.request.trials:
        called["trials"] = {name: dict(values) for name, values in loaded.request.trials.items()}
    return {
        "name": experiment.name,
        "title": experiment.title,
        "rows": variants,
        "seeds": list(seeds),
        "score": list(experiment.score),
        "metrics": list(experiment.metrics),
        "by": list(experiment.by),
        "reference": experiment.reference,
        "folds": experiment.folds,
        "called": called,
    }
