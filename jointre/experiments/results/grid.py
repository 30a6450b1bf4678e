"""Arrange a summary as a grid of texts, which then becomes Markdown, LaTeX or lines of a terminal."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from jointre.console import NOTHING, percent, signed
from jointre.experiments.results.notes import MARK, less_is_better, metric_name, notes, notes_of_runs, spread
from jointre.experiments.results.summary import Cell, Summary, VariantSummary
from jointre.experiments.spec import RunResult


@dataclass(frozen=True)
class Text:
    """The text of a field, bold for the best of its column."""

    text: str
    bold: bool = False


@dataclass(frozen=True)
class Block:
    """The rows below one heading; the heading may be empty."""

    heading: str
    rows: tuple[tuple[Text, ...], ...]


@dataclass(frozen=True)
class Grid:
    """A table whose first column is aligned left, the others right.

    Args:
        title: title of the table.
        columns: headings of the columns.
        blocks: the rows.
        notes: paragraphs below the table.
        parts: number of columns of each metric; the columns before them identify the row.
    """

    title: str
    columns: tuple[str, ...]
    blocks: tuple[Block, ...]
    notes: tuple[str, ...]
    parts: tuple[int, ...]

    def rows(self) -> Iterator[tuple[Text, ...]]:
        """Yield all rows without the headings."""
        for block in self.blocks:
            yield from block.rows

    def by_metric(self) -> Iterator["Grid"]:
        """Yield a table for each metric, each with the columns that identify the row."""
        first = len(self.columns) - sum(self.parts)
        start = first
        for part in self.parts:
            kept = (*range(first), *range(start, start + part))
            blocks = (
                Block(block.heading, tuple(tuple(row[i] for i in kept) for row in block.rows))
                for block in self.blocks
            )
            yield Grid(self.title, tuple(self.columns[i] for i in kept), tuple(blocks), self.notes, (part,))
            start += part


def summary_grid(summary: Summary) -> Grid:
    """Return mean ± sd, difference and, with folds, the pooled value of each metric; the best of a block is bold."""
    parts = {metric: _parts(summary, metric) for metric in summary.metrics}
    columns = ["", "n"]
    for metric, kinds in parts.items():
        name = metric_name(metric)
        titles = {
            "mean": f"{name}, mean of folds" if summary.experiment.folds else name,
            "delta": "Δ",
            "pooled": "pooled",
        }
        columns += [titles[kind] for kind in kinds]
    blocks = []
    for heading, variants in summary.groups():
        rows = [_fields(summary, variant, variants, parts) for variant in variants]
        blocks.append(Block(heading, tuple(rows)))
    return Grid(
        _title(summary), tuple(columns), tuple(blocks), notes(summary), tuple(map(len, parts.values()))
    )


def _title(summary: Summary) -> str:
    return f"{summary.experiment.title}, {summary.corpus}"


def _parts(summary: Summary, metric: str) -> list[str]:
    pooled = any(variant.cells[metric].pooled is not None for variant in summary.variants)
    return ["mean", *(["delta"] if len(summary.variants) > 1 else []), *(["pooled"] if pooled else [])]


def _fields(
    summary: Summary, variant: VariantSummary, block: Sequence[VariantSummary], parts: dict[str, list[str]]
) -> tuple[Text, ...]:
    fields = [Text(variant.variant.title), Text(f"{variant.n}{MARK if variant.n < summary.n else ''}")]
    for metric, kinds in parts.items():
        cell = variant.cells[metric]
        for kind in kinds:
            if kind == "delta":
                fields.append(Text("ref" if summary.is_reference(variant) else signed(cell.delta)))
                continue
            text = _value(cell, kind)
            if kind == "mean" and 0 < cell.spread.n < variant.n:
                text += f" (n={cell.spread.n})"
            fields.append(Text(text, _is_best(variant, block, metric, kind)))
    return tuple(fields)


def _value(cell: Cell, kind: str) -> str:
    values = cell.spread if kind == "mean" else cell.pooled
    return NOTHING if values is None else spread(values.mean, values.sd)


def _is_best(variant: VariantSummary, block: Sequence[VariantSummary], metric: str, kind: str) -> bool:
    """Return whether a variant has the best mean of its block, as shown; none is best if all are equal."""
    means = [_mean(other.cells[metric], kind) for other in block]
    mine, known = _mean(variant.cells[metric], kind), [mean for mean in means if mean is not None]
    if mine is None:
        return False
    best, worst = (min(known), max(known)) if less_is_better(metric) else (max(known), min(known))
    return percent(worst) != percent(best) == percent(mine)


def _mean(cell: Cell, kind: str) -> float | None:
    values = cell.spread if kind == "mean" else cell.pooled
    return values.mean if values else None


def runs_grid(summary: Summary) -> Grid:
    """Return a table with a row for each run, variant by variant."""
    folds = ["fold"] if summary.experiment.folds else []
    columns = ("", "seed", *folds, *map(metric_name, summary.metrics))
    blocks = []
    for heading, variants in summary.groups():
        rows = [
            _run(found.variant.title, run, summary)
            for found in variants
            for run in summary.runs
            if run.variant == found.variant.name
        ]
        if rows:
            blocks.append(Block(heading, tuple(rows)))
    return Grid(_title(summary), columns, tuple(blocks), notes_of_runs(summary), (1,) * len(summary.metrics))


def _run(title: str, run: RunResult, summary: Summary) -> tuple[Text, ...]:
    fold = [] if run.fold is None else [str(run.fold)]
    found = run.metrics.get(summary.corpus, {})
    values = [percent(found.get(metric)) for metric in summary.metrics]
    return tuple(map(Text, (title, str(run.seed), *fold, *values)))
