"""What an experiment consists of once its file has been read and checked: variants, runs and results."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from jointre.config import Config

Scored = Literal["dev", "test"]
PRETRAIN = "pretrain/"
"""Prefix of the names of pre-training runs, and their folder; no variant has such a name."""


@dataclass(frozen=True)
class Variant:
    """A config that differs from the base config in a few keys, or another config; tables have one row per variant.

    Args:
        name: used for folders, for ``reference`` and in messages.
        title: shown in tables and plots.
        group: heading of the block of variants that it belongs to; empty for none.
        start: the name of the config that it starts from, if that is not the base config.
        config: the whole config, checked; its seed and its corpora are set by each `Run`.
        changes: the keys in which it differs from the config it starts from, as `jointre.config.diff.named` returns
            them; empty for that config itself.
        pretrain: name of the pre-training whose result initializes it; None for none.
        update: the update of that pre-training whose model is used; None for the last one.
    """

    name: str
    title: str
    group: str
    start: str | None
    config: Config
    changes: tuple[str, ...]
    pretrain: str | None = None
    update: int | None = None


@dataclass(frozen=True)
class Pretraining:
    """A pre-training that variants start from; it is run once, for all of them and for all seeds."""

    name: str
    config: Config

    @property
    def last(self) -> int:
        """The number of the last update."""
        steps: int = self.config["pretraining.steps"]
        return min(self.config["pretraining.stop_after"] or steps, steps)


@dataclass(frozen=True)
class Experiment:
    """A whole experiment.

    Args:
        name: name of the file, without folder and extension.
        title: shown in tables and plots.
        variants: in the order of the file.
        seeds: every variant is trained once with each of them.
        score: the corpora to score after each training run.
        metrics: the metrics to show, as ``Metric.compute`` names them; ``METRIC@BREAKDOWN:BUCKET`` for one bucket.
        by: names of the breakdowns (``[evaluation.breakdowns]``) to compute for every run.
        reference: name of the variant that differences refer to.
        folds: number of folds; 0 without cross-validation.
        pretrainings: those that variants start from.
        cost: whether to measure the cost of every run's model.
    """

    name: str
    title: str
    variants: tuple[Variant, ...]
    seeds: tuple[int, ...]
    score: tuple[Scored, ...]
    metrics: tuple[str, ...]
    reference: str
    by: tuple[str, ...] = ()
    folds: int = 0
    pretrainings: tuple[Pretraining, ...] = ()
    cost: bool = False


@dataclass(frozen=True)
class Run:
    """One seed and fold of a variant, in a folder of its own; folds count from 0 and are None without folds.

    Args:
        variant: name of the variant, or ``pretrain/NAME`` for a pre-training.
        starts_from: folder of the pre-training run that it starts from; None for none.
        trained_in: folder of the run with whose weights it is scored; None if it trains its own.
    """

    variant: str
    seed: int
    fold: int | None
    folder: Path
    config: Config = field(repr=False)
    starts_from: Path | None = None
    trained_in: Path | None = None

    @property
    def needs(self) -> Path | None:
        """The folder of the run that has to end before this one; None for none."""
        return self.trained_in or self.starts_from

    @property
    def pretrains(self) -> bool:
        """Whether this is a pre-training run."""
        return self.variant.startswith(PRETRAIN)


@dataclass(frozen=True)
class RunResult:
    """The result of a complete run, from its ``result.json``.

    Args:
        variant, seed, fold, folder: as in `Run`. Variants with the same config share their runs: the result is
            repeated for each of them.
        seconds: duration of the training.
        metrics: corpus -> metric -> value, fractions of 1; metrics of one bucket are called
            ``METRIC@BREAKDOWN:BUCKET``.
        scores: corpus -> metric of the config -> ``Metric.to_json``: protocol, and counts by type if it counts.
        documents: corpus -> number of documents scored.
        cost: `jointre.inspection.cost.Cost` by field; None if it was not measured.
    """

    variant: str
    seed: int
    fold: int | None
    folder: Path
    seconds: float
    metrics: Mapping[str, Mapping[str, float]]
    scores: Mapping[str, Mapping[str, Mapping[str, Any]]]
    documents: Mapping[str, int]
    cost: Mapping[str, Any] | None = None
