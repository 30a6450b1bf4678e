"""List the runs of an experiment in order, each with its folder and its whole config."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from jointre.config import Config
from jointre.config.load import with_values
from jointre.config.tree import Key, Origin
from jointre.experiments.load import Loaded, owners, trainers
from jointre.experiments.results.read import run_folder
from jointre.experiments.spec import PRETRAIN, Run, Variant
from jointre.training.run_folder import RunFolder

FOLDS = "folds.json"


def plan_runs(loaded: Loaded, folder: Path) -> list[Run]:
    """Return all runs, pre-trainings first, the others by seed, then fold, then variant; equal variants share one run.

    With this order, a half-finished experiment has every variant for its first seeds, so they can be compared.
    """
    experiment, shared = loaded.experiment, owners(loaded.experiment)
    trained = trainers(experiment)
    folds = range(experiment.folds) if experiment.folds else (None,)
    last = {pretraining.name: pretraining.last for pretraining in experiment.pretrainings}
    pretrainings = [
        Run(f"{PRETRAIN}{p.name}", p.config["system.seed"], None, folder / PRETRAIN / p.name, p.config)
        for p in experiment.pretrainings
    ]
    return pretrainings + [
        Run(
            v.name,
            seed,
            fold,
            run_folder(folder, v.name, seed, fold),
            _started(_config(loaded, v.config, seed, fold, folder), v, folder, last),
            folder / PRETRAIN / v.pretrain if v.pretrain else None,
            run_folder(folder, trained[v.name], seed, fold) if trained[v.name] != v.name else None,
        )
        for seed in experiment.seeds
        for fold in folds
        for v in experiment.variants
        if shared[v.name] == v.name
    ]


def _started(config: Config, variant: Variant, folder: Path, last: Mapping[str, int]) -> Config:
    """Return the config with the weights of the pre-training that the variant starts from."""
    if variant.pretrain is None:
        return config
    weights = folder / PRETRAIN / variant.pretrain
    if variant.update not in (None, last[variant.pretrain]):
        weights = RunFolder(weights).steps / f"{variant.update:07d}"
    return with_values(config, {("initialize", "weights"): str(weights)}, Origin("override", "pretrain"))


def _config(loaded: Loaded, config: Config, seed: int, fold: int | None, folder: Path) -> Config:
    if loaded.plan is not None and fold is not None:
        part = loaded.plan.overlay(config, folder / FOLDS, fold)
        corpora: dict[Key, Any] = {("corpora", name): block for name, block in part.tree["corpora"].items()}
        config = with_values(config, corpora, Origin("overlay", part.name))
    return with_values(config, {("system", "seed"): seed}, Origin("override", "--system.seed"))
