"""What an experiment is made of once its file has been read and checked."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from jointre.config import Config

Scored = Literal["dev", "test"]


@dataclass(frozen=True)
class Variant:
    """One row of a table: a config that differs from the base in a few keys.

    Args:
        name: of the row, for files, ``reference`` and messages.
        title: of the row, for readers.
        group: heading of the block of rows it stands in; empty for none.
        config: the whole config, checked; its seed and its corpora are set by each `Run`.
        changes: the keys in which it differs from the base config, as `jointre.config.diff.named` gives them; none for
            a row that is the base itself.
    """

    name: str
    title: str
    group: str
    config: Config
    changes: tuple[str, ...]


@dataclass(frozen=True)
class Experiment:
    """A whole experiment.

    Args:
        name: of the file, without folder and ending.
        title: for readers.
        variants: the rows in order.
        seeds: one training each.
        score: the corpora that are scored after each training.
        metrics: the figures to show, as ``Metric.compute`` names them; ``figure@breakdown:bucket`` for a part.
        by: names of the breakdowns (``[evaluation.breakdowns]``) that every run is scored by.
        reference: name of the row that differences refer to.
        folds: number of folds; 0 where there are none.
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


@dataclass(frozen=True)
class Run:
    """One training of an experiment: a variant, a seed, a fold (counted from 0; None without folds), its own folder."""

    variant: str
    seed: int
    fold: int | None
    folder: Path
    config: Config = field(repr=False)


@dataclass(frozen=True)
class RunResult:
    """What a complete run found, from its ``result.json``.

    Args:
        variant, seed, fold, folder: as in `Run`. Rows with the same config share their runs: a result is listed once
            for each of them.
        seconds: of training.
        figures: corpus -> figure -> value, fractions of 1, those of breakdowns as ``figure@breakdown:bucket``.
        scores: corpus -> metric -> ``Metric.to_json``: protocol, and counts by type for metrics that count.
        documents: corpus -> number of documents scored.
    """

    variant: str
    seed: int
    fold: int | None
    folder: Path
    seconds: float
    figures: Mapping[str, Mapping[str, float]]
    scores: Mapping[str, Mapping[str, Mapping[str, Any]]]
    documents: Mapping[str, int]
