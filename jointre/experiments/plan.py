"""The runs of an experiment in their order, each with its folder and its whole config."""

from pathlib import Path
from typing import Any

from jointre.config import Config
from jointre.config.interpolate import interpolate
from jointre.config.tree import Key, Origin, Tree
from jointre.experiments.load import Loaded, owners
from jointre.experiments.results.read import run_folder
from jointre.experiments.spec import Run

FOLDS = "folds.json"


def plan_runs(loaded: Loaded, folder: Path) -> list[Run]:
    """All runs: seed by seed, fold by fold, the rows in their order; rows with the same config once.

    So an experiment that is half done has whole columns of one seed, of which rows can be compared.
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


def with_values(config: Config, values: dict[Key, Any], origin: Origin) -> Config:
    """A config with other values, which are known to be right."""
    tree: Tree = config.tree
    for key, value in values.items():
        tree = _put(tree, key, value)
    origins = {
        key: place
        for key, place in config.origins.items()
        if not any(key[: len(changed)] == changed for changed in values)
    }
    origins.update(dict.fromkeys(values, origin))
    done = interpolate(tree, origins)
    return Config(config.name, tree, done.tree, origins, done.unset, config.notices)


def _put(tree: Tree, key: Key, value: Any) -> Tree:
    inner = _put(tree.get(key[0], {}), key[1:], value) if len(key) > 1 else value
    return {**tree, key[0]: inner}


def _config(loaded: Loaded, config: Config, seed: int, fold: int | None, folder: Path) -> Config:
    if loaded.plan is not None and fold is not None:
        part = loaded.plan.overlay(config, folder / FOLDS, fold)
        corpora: dict[Key, Any] = {("corpora", name): block for name, block in part.tree["corpora"].items()}
        config = with_values(config, corpora, Origin("overlay", part.name))
    return with_values(config, {("system", "seed"): seed}, Origin("override", "--system.seed"))
