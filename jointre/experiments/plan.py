"""List the runs of an experiment in order, each with its folder and its whole config."""

from pathlib import Path
from typing import Any

from jointre.config import Config
from jointre.config.load import with_values
from jointre.config.tree import Key, Origin
from jointre.experiments.load import Loaded, owners
from jointre.experiments.results.read import run_folder
from jointre.experiments.spec import Run

FOLDS = "folds.json"


def plan_runs(loaded: Loaded, folder: Path) -> list[Run]:
    """Return all runs, ordered by seed, then fold, then variant; variants with the same config share one run.

    With this order, a half-finished experiment has every variant for its first seeds, so they can be compared.
    """
    experiment, shared = loaded.experiment, owners(loaded.experiment)
    folds = range(experiment.folds) if experiment.folds else (None,)
    return [
        Run(
            v.name,
            seed,
            fold,
            run_folder(folder, v.name, seed, fold),
            _config(loaded, v.config, seed, fold, folder),
        )
        for seed in experiment.seeds
        for fold in folds
        for v in experiment.variants
        if shared[v.name] == v.name
    ]


def _config(loaded: Loaded, config: Config, seed: int, fold: int | None, folder: Path) -> Config:
    if loaded.plan is not None and fold is not None:
        part = loaded.plan.overlay(config, folder / FOLDS, fold)
        corpora: dict[Key, Any] = {("corpora", name): block for name, block in part.tree["corpora"].items()}
        config = with_values(config, corpora, Origin("overlay", part.name))
    return with_values(config, {("system", "seed"): seed}, Origin("override", "--system.seed"))
