"""The tables of an experiment: mean, spread and difference of each figure of each row.

A row has one value a seed. With folds it is the mean over the folds of that seed, and stands only once all of
them are there; beside it stands the pooled value, from the counts added up over the folds. With folds and a
single seed the values are those of the folds.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from statistics import fmean, stdev
from typing import Literal

from jointre.errors import Fault, UsageError
from jointre.experiments.results.read import FactRow, Facts, Place, missing, pooled, protocol
from jointre.experiments.spec import RunResult
from jointre.nearest import nearest_name


@dataclass(frozen=True)
class Spread:
    """Values by seed or by fold, fractions of 1."""

    values: Mapping[int, float]

    @property
    def n(self) -> int:
        """How many there are."""
        return len(self.values)

    @property
    def mean(self) -> float | None:
        """Their mean; None without any."""
        return fmean(self.values.values()) if self.values else None

    @property
    def sd(self) -> float | None:
        """Their sample standard deviation (n - 1); None for fewer than two."""
        return stdev(self.values.values()) if len(self.values) > 1 else None

    @property
    def min(self) -> float | None:
        """The smallest."""
        return min(self.values.values(), default=None)

    @property
    def max(self) -> float | None:
        """The largest."""
        return max(self.values.values(), default=None)

    def minus(self, other: "Spread") -> "Spread":
        """The differences of the values that both have."""
        return Spread(
            {unit: x - other.values[unit] for unit, x in self.values.items() if unit in other.values}
        )


Unit = Literal["seed", "fold"]


@dataclass(frozen=True)
class Cell:
    """One figure of one row.

    Args:
        spread: its values.
        paired: differences to the reference row, by the seeds or folds that both have.
        delta: the mean less the mean of the reference row; None where either has no value.
        pooled: the values, a seed, of the counts added up over folds; None without folds or without counts.
    """

    spread: Spread
    paired: Spread
    delta: float | None
    pooled: Spread | None = None


@dataclass(frozen=True)
class SummaryRow:
    """One row: ``cells`` by figure; ``runs`` that are complete of those ``expected``; its protocols by figure."""

    row: FactRow
    cells: Mapping[str, Cell]
    runs: int
    expected: int
    documents: frozenset[int]
    protocols: Mapping[str, str]

    @property
    def n(self) -> int:
        """How many values its figures have: the most of any."""
        return max((cell.spread.n for cell in self.cells.values()), default=0)


@dataclass(frozen=True)
class Summary:
    """The table of one corpus.

    Args:
        facts: of the experiment.
        corpus: that was scored.
        figures: the columns.
        rows: in order.
        unit: what the values of a row differ in.
        runs: the complete runs that the table is made of, row by row.
        missing: the runs that are not complete, by variant.
        strays: complete runs that belong to no row, seed or fold.
    """

    facts: Facts
    corpus: str
    figures: tuple[str, ...]
    rows: tuple[SummaryRow, ...]
    unit: Unit
    runs: Sequence[RunResult] = field(repr=False, default=())
    missing: Mapping[str, Sequence[Place]] = field(default_factory=dict)
    strays: Sequence[Path] = ()

    @property
    def n(self) -> int:
        """The most values that any row has."""
        return max((row.n for row in self.rows), default=0)

    @property
    def total(self) -> int:
        """How many runs the experiment has; shared ones count once."""
        return len({row.runs for row in self.facts.rows}) * len(list(self.facts.places()))

    def is_reference(self, row: SummaryRow) -> bool:
        """Whether a row is made of the same runs as the reference row."""
        return row.row.runs == self.facts.row(self.facts.reference).runs

    def groups(self) -> list[tuple[str, list[SummaryRow]]]:
        """The rows in blocks: neighbours with the same heading."""
        blocks: list[tuple[str, list[SummaryRow]]] = []
        for row in self.rows:
            if not blocks or blocks[-1][0] != row.row.group:
                blocks.append((row.row.group, []))
            blocks[-1][1].append(row)
        return blocks


def summarise(
    facts: Facts,
    results: Sequence[RunResult],
    figures: Sequence[str] = (),
    strays: Sequence[Path] = (),
) -> list[Summary]:
    """One table a corpus.

    Args:
        facts: of the experiment.
        results: its complete runs, from `load_results`.
        figures: the columns; those of the experiment by default.
        strays: complete runs that belong to no row, to be told of.
    """
    figures = tuple(figures or facts.metrics)
    unit: Unit = "fold" if facts.folds and len(facts.seeds) == 1 else "seed"
    tables = []
    for corpus in facts.score:
        of = {row.name: [r for r in results if r.variant == row.name] for row in facts.rows}
        spreads = {
            name: {figure: _spread(runs, corpus, figure, facts, unit) for figure in figures}
            for name, runs in of.items()
        }
        rows = tuple(
            SummaryRow(
                row,
                {f: _cell(spreads, row.name, of[row.name], corpus, f, facts) for f in figures},
                runs=len(of[row.name]),
                expected=len(list(facts.places())),
                documents=_documents(of[row.name], corpus, facts),
                protocols=_protocols(of[row.name], corpus, figures),
            )
            for row in facts.rows
        )
        tables.append(
            Summary(facts, corpus, figures, rows, unit, results, missing(facts, results, corpus), strays)
        )
    return tables


def refuse_unknown(figures: Sequence[str], results: Sequence[RunResult]) -> None:
    """Refuse figures that no run has; the experiment's own may be of a bucket in which there is nothing."""
    known = sorted({name for run in results for part in run.figures.values() for name in part})
    faults = []
    for figure in dict.fromkeys(figures):
        if figure not in known:
            near = nearest_name(figure, known)
            plain = ", ".join(name for name in known if "@" not in name)
            remedy = f"did you mean {near!r}?" if near else f"the runs have: {plain}"
            faults.append(Fault(f"no run has a figure {figure!r}", "--metric", remedy))
    if faults:
        raise UsageError("the table cannot be made", faults)


def _cell(
    spreads: Mapping[str, Mapping[str, Spread]],
    name: str,
    runs: Sequence[RunResult],
    corpus: str,
    figure: str,
    facts: Facts,
) -> Cell:
    spread, reference = spreads[name][figure], spreads[facts.reference][figure]
    means = spread.mean, reference.mean
    delta = None if means[0] is None or means[1] is None else means[0] - means[1]
    return Cell(spread, spread.minus(reference), delta, _pooled(runs, corpus, figure, facts))


def _spread(runs: Sequence[RunResult], corpus: str, figure: str, facts: Facts, unit: Unit) -> Spread:
    """The values of a row by seed or by fold; a seed of whose folds any is missing has none."""
    values: dict[int, list[float]] = {}
    for run in runs:
        if (value := run.figures.get(corpus, {}).get(figure)) is not None:
            key = run.fold if unit == "fold" and run.fold is not None else run.seed
            values.setdefault(key, []).append(value)
    wanted = facts.folds if unit == "seed" and facts.folds else 1
    return Spread({key: fmean(parts) for key, parts in values.items() if len(parts) == wanted})


def _pooled(runs: Sequence[RunResult], corpus: str, figure: str, facts: Facts) -> Spread | None:
    """By seed, the figure of the counts added up over the folds of that seed, once all of them are there.

    With a single seed what is there is added up: its folds are shown one by one, with their number.
    """
    if not facts.folds:
        return None
    values: dict[int, float] = {}
    for seed in facts.seeds:
        folds = [run.scores[corpus] for run in runs if run.seed == seed and corpus in run.scores]
        if folds and (len(folds) == facts.folds or len(facts.seeds) == 1):
            value = pooled(figure, folds)
            if value is None:
                return None
            values[seed] = value
    return Spread(values)


def _documents(runs: Sequence[RunResult], corpus: str, facts: Facts) -> frozenset[int]:
    """How many documents were scored for one seed: one number, if all seeds have the same."""
    by_seed: dict[int, list[int]] = {}
    for run in runs:
        if corpus in run.documents:
            by_seed.setdefault(run.seed, []).append(run.documents[corpus])
    wanted = facts.folds or 1
    return frozenset(sum(parts) for parts in by_seed.values() if len(parts) == wanted)


def _protocols(runs: Sequence[RunResult], corpus: str, figures: Sequence[str]) -> dict[str, str]:
    for run in runs:
        if corpus in run.scores:
            return {figure: protocol(figure, run.scores[corpus]) for figure in figures}
    return {}
