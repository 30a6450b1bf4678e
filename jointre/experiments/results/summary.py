"""Summarise an experiment: mean, spread and difference to the reference of each metric of each variant.

A variant has one value per seed. With folds, it is the mean over the folds of the seed, available once all of them are
complete; the pooled value, from the counts added up over the folds, is computed as well. With folds and a single seed,
there is one value per fold.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from pathlib import Path
from statistics import fmean, stdev
from typing import Literal

from jointre.breakdowns.flat import split_name
from jointre.errors import Fault, UsageError
from jointre.experiments.results.read import (
    ExperimentRecord,
    SeedFold,
    VariantRecord,
    missing,
    pooled,
    protocol,
)
from jointre.experiments.spec import RunResult
from jointre.nearest import nearest_name


@dataclass(frozen=True)
class Spread:
    """Values of a metric by seed or by fold, fractions of 1."""

    values: Mapping[int, float]

    @property
    def n(self) -> int:
        """Number of values."""
        return len(self.values)

    @property
    def mean(self) -> float | None:
        """Mean of the values; None without values."""
        return fmean(self.values.values()) if self.values else None

    @property
    def sd(self) -> float | None:
        """Sample standard deviation (n - 1) of the values; None for fewer than two."""
        return stdev(self.values.values()) if len(self.values) > 1 else None

    @property
    def min(self) -> float | None:
        """Smallest value; None without values."""
        return min(self.values.values(), default=None)

    @property
    def max(self) -> float | None:
        """Largest value; None without values."""
        return max(self.values.values(), default=None)

    def minus(self, other: "Spread") -> "Spread":
        """Return the differences for the seeds or folds that both have."""
        return Spread(
            {unit: x - other.values[unit] for unit, x in self.values.items() if unit in other.values}
        )


Unit = Literal["seed", "fold"]


@dataclass(frozen=True)
class Cell:
    """One metric of one variant.

    Args:
        spread: its values.
        paired: differences to the reference, for the seeds or folds that both have.
        delta: the mean minus the mean of the reference; None if either has no value.
        pooled: per seed, the value of the counts added up over folds; None without folds or without counts.
    """

    spread: Spread
    paired: Spread
    delta: float | None
    pooled: Spread | None = None


@dataclass(frozen=True)
class VariantSummary:
    """The results of one variant.

    Args:
        variant: the variant.
        cells: by metric.
        runs: number of complete runs.
        expected: number of runs of the variant.
        documents: numbers of documents scored per seed; a single one unless they differ.
        protocols: what counts as correct, by metric.
    """

    variant: VariantRecord
    cells: Mapping[str, Cell]
    runs: int
    expected: int
    documents: frozenset[int]
    protocols: Mapping[str, str]

    @property
    def n(self) -> int:
        """Number of values of the metric that has most."""
        return max((cell.spread.n for cell in self.cells.values()), default=0)


@dataclass(frozen=True)
class Summary:
    """The table of one corpus.

    Args:
        experiment: the record of the experiment.
        corpus: the corpus that was scored.
        metrics: names of the metrics.
        variants: results of the variants, in order.
        unit: whether there is a value per seed or per fold.
        runs: the results of the complete runs, variant by variant.
        missing: the runs that are not complete, by variant.
        strays: folders of complete runs that do not belong to any variant, seed or fold.
    """

    experiment: ExperimentRecord
    corpus: str
    metrics: tuple[str, ...]
    variants: tuple[VariantSummary, ...]
    unit: Unit
    runs: Sequence[RunResult] = field(repr=False, default=())
    missing: Mapping[str, Sequence[SeedFold]] = field(default_factory=dict)
    strays: Sequence[Path] = ()

    @property
    def n(self) -> int:
        """Number of values of the variant that has most."""
        return max((variant.n for variant in self.variants), default=0)

    @property
    def total(self) -> int:
        """Number of runs of the experiment; shared ones count once."""
        owners = {variant.runs for variant in self.experiment.variants}
        return len(owners) * len(list(self.experiment.seeds_and_folds()))

    @property
    def reference(self) -> VariantSummary:
        """The results of the reference variant."""
        return next(found for found in self.variants if found.variant.name == self.experiment.reference)

    def is_reference(self, variant: VariantSummary) -> bool:
        """Return whether a variant uses the runs of the reference."""
        return variant.variant.runs == self.reference.variant.runs

    def groups(self) -> list[tuple[str, list[VariantSummary]]]:
        """Return the variants by group; only neighbours form a group."""
        return [
            (group, list(found)) for group, found in groupby(self.variants, lambda found: found.variant.group)
        ]


def summarise(
    experiment: ExperimentRecord,
    results: Sequence[RunResult],
    metrics: Sequence[str] = (),
    strays: Sequence[Path] = (),
) -> list[Summary]:
    """Return a summary for each corpus.

    Args:
        experiment: the record of the experiment.
        results: the results of its complete runs, from `load_results`.
        metrics: names of the metrics; by default those of the experiment.
        strays: folders of complete runs that do not belong to the experiment, to be listed in the notes.
    """
    return [
        _Table(experiment, results, tuple(metrics or experiment.metrics), corpus).summary(strays)
        for corpus in experiment.score
    ]


def refuse_unknown(metrics: Sequence[str], results: Sequence[RunResult], by: str | None = None) -> None:
    """Raise a UsageError for metrics that no run has; those of the experiment may be of an empty bucket.

    Args:
        metrics: the requested names.
        results: the runs.
        by: a breakdown whose scores may be requested without a bucket.
    """
    names = {name for run in results for part in run.metrics.values() for name in part}
    parts = (split_name(name) for name in names)
    known = sorted(names | {score for score, breakdown, _ in parts if by and breakdown == by})
    faults = []
    for metric in dict.fromkeys(metrics):
        if metric not in known:
            near = nearest_name(metric, known)
            plain = ", ".join(name for name in known if "@" not in name)
            remedy = f"did you mean {near!r}?" if near else f"the runs have: {plain}"
            faults.append(Fault(f"no run has the metric {metric!r}", "--metric", remedy))
    if faults:
        raise UsageError("the table cannot be made", faults)


class _Table:
    """The computation of the summary of one corpus."""

    def __init__(
        self,
        experiment: ExperimentRecord,
        results: Sequence[RunResult],
        metrics: tuple[str, ...],
        corpus: str,
    ) -> None:
        self.experiment, self.results, self.metrics, self.corpus = experiment, results, metrics, corpus
        self.unit: Unit = "fold" if experiment.folds and len(experiment.seeds) == 1 else "seed"
        self.runs = {
            variant.name: [run for run in results if run.variant == variant.name]
            for variant in experiment.variants
        }
        self.reference = {metric: self._spread(self.runs[experiment.reference], metric) for metric in metrics}

    def summary(self, strays: Sequence[Path]) -> Summary:
        variants = tuple(map(self._variant, self.experiment.variants))
        absent = missing(self.experiment, self.results, self.corpus)
        return Summary(
            self.experiment, self.corpus, self.metrics, variants, self.unit, self.results, absent, strays
        )

    def _variant(self, variant: VariantRecord) -> VariantSummary:
        runs = self.runs[variant.name]
        return VariantSummary(
            variant,
            {metric: self._cell(runs, metric) for metric in self.metrics},
            runs=len(runs),
            expected=len(list(self.experiment.seeds_and_folds())),
            documents=self._documents(runs),
            protocols=self._protocols(runs),
        )

    def _cell(self, runs: Sequence[RunResult], metric: str) -> Cell:
        spread, reference = self._spread(runs, metric), self.reference[metric]
        mean, base = spread.mean, reference.mean
        delta = None if mean is None or base is None else mean - base
        return Cell(spread, spread.minus(reference), delta, self._pooled(runs, metric))

    def _spread(self, runs: Sequence[RunResult], metric: str) -> Spread:
        """Return the values of a variant by seed or by fold; a seed with missing folds has no value."""
        values: dict[int, list[float]] = {}
        for run in runs:
            if (value := run.metrics.get(self.corpus, {}).get(metric)) is not None:
                key = run.fold if self.unit == "fold" and run.fold is not None else run.seed
                values.setdefault(key, []).append(value)
        wanted = self.experiment.folds if self.unit == "seed" and self.experiment.folds else 1
        return Spread({key: fmean(parts) for key, parts in values.items() if len(parts) == wanted})

    def _pooled(self, runs: Sequence[RunResult], metric: str) -> Spread | None:
        """Return, by seed, the metric of the counts added up over the folds, once all folds are complete.

        With a single seed, the counts of the complete folds are added up, because the table shows their number.
        """
        folds, seeds = self.experiment.folds, self.experiment.seeds
        if not folds:
            return None
        values: dict[int, float] = {}
        for seed in seeds:
            scores = [
                run.scores[self.corpus] for run in runs if run.seed == seed and self.corpus in run.scores
            ]
            if scores and (len(scores) == folds or len(seeds) == 1):
                value = pooled(metric, scores)
                if value is None:
                    return None
                values[seed] = value
        return Spread(values)

    def _documents(self, runs: Sequence[RunResult]) -> frozenset[int]:
        """Return the numbers of documents scored per seed; a single number if all seeds have the same."""
        by_seed: dict[int, list[int]] = {}
        for run in runs:
            if self.corpus in run.documents:
                by_seed.setdefault(run.seed, []).append(run.documents[self.corpus])
        wanted = self.experiment.folds or 1
        return frozenset(sum(parts) for parts in by_seed.values() if len(parts) == wanted)

    def _protocols(self, runs: Sequence[RunResult]) -> dict[str, str]:
        for run in runs:
            if self.corpus in run.scores:
                return {metric: protocol(metric, run.scores[self.corpus]) for metric in self.metrics}
        return {}
