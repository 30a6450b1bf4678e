"""A table of an experiment as texts, before it becomes Markdown, LaTeX or lines of a terminal."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from jointre.console import NOTHING, percent, signed
from jointre.experiments.results.notes import MARK, figure_name, notes, spread
from jointre.experiments.results.summary import Cell, Summary, SummaryRow
from jointre.experiments.spec import RunResult


@dataclass(frozen=True)
class Text:
    """The text of a field, bold for the best of its column."""

    text: str
    bold: bool = False


@dataclass(frozen=True)
class Block:
    """Rows below one heading; "" for none."""

    heading: str
    rows: tuple[tuple[Text, ...], ...]


@dataclass(frozen=True)
class Grid:
    """A table: the first column is aligned left, the others right.

    Args:
        title: of the table.
        columns: their headings.
        blocks: of rows.
        notes: below the table.
        parts: how many columns belong to each figure, for those behind the first few, which say what a row is.
    """

    title: str
    columns: tuple[str, ...]
    blocks: tuple[Block, ...]
    notes: tuple[str, ...]
    parts: tuple[int, ...]

    def rows(self) -> Iterator[tuple[Text, ...]]:
        """All rows, headings left out."""
        for block in self.blocks:
            yield from block.rows

    def by_figure(self) -> Iterator["Grid"]:
        """A table a figure, each with the columns that say what a row is."""
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
    """Mean ± sd, difference and, with folds, the pooled figure of each metric; the best of each block bold."""
    parts = {figure: _parts(summary, figure) for figure in summary.figures}
    columns = ["", "n"]
    for figure, kinds in parts.items():
        name = figure_name(figure)
        titles = {
            "mean": f"{name}, mean of folds" if summary.facts.folds else name,
            "delta": "Δ",
            "pooled": "pooled",
        }
        columns += [titles[kind] for kind in kinds]
    blocks = []
    for heading, rows in summary.groups():
        fields = [_fields(summary, row, rows, parts) for row in rows]
        blocks.append(Block(heading, tuple(fields)))
    return Grid(
        _title(summary), tuple(columns), tuple(blocks), notes(summary), tuple(map(len, parts.values()))
    )


def _title(summary: Summary) -> str:
    return f"{summary.facts.title}, {summary.corpus}"


def _parts(summary: Summary, figure: str) -> list[str]:
    pooled = any(row.cells[figure].pooled is not None for row in summary.rows)
    return ["mean", *(["delta"] if len(summary.rows) > 1 else []), *(["pooled"] if pooled else [])]


def _fields(
    summary: Summary, row: SummaryRow, block: Sequence[SummaryRow], parts: dict[str, list[str]]
) -> tuple[Text, ...]:
    fields = [Text(row.row.title), Text(f"{row.n}{MARK if row.n < summary.n else ''}")]
    for figure, kinds in parts.items():
        cell = row.cells[figure]
        for kind in kinds:
            if kind == "delta":
                fields.append(Text("ref" if summary.is_reference(row) else signed(cell.delta)))
                continue
            text = _value(cell, kind)
            if kind == "mean" and 0 < cell.spread.n < row.n:
                text += f" (n={cell.spread.n})"
            fields.append(Text(text, _best(row, block, figure, kind)))
    return tuple(fields)


def _value(cell: Cell, kind: str) -> str:
    values = cell.spread if kind == "mean" else cell.pooled
    return NOTHING if values is None else spread(values.mean, values.sd)


def _best(row: SummaryRow, block: Sequence[SummaryRow], figure: str, kind: str) -> bool:
    """Whether a row has the largest mean of its block, as it is shown; nobody is best where all are the same."""
    means = [_mean(other.cells[figure], kind) for other in block]
    mine, known = _mean(row.cells[figure], kind), [mean for mean in means if mean is not None]
    return mine is not None and percent(min(known)) != percent(max(known)) == percent(mine)


def _mean(cell: Cell, kind: str) -> float | None:
    values = cell.spread if kind == "mean" else cell.pooled
    return values.mean if values else None


def runs_grid(summary: Summary) -> Grid:
    """One line a run, row by row."""
    folds = ["fold"] if summary.facts.folds else []
    columns = ("", "seed", *folds, *map(figure_name, summary.figures))
    blocks = []
    for heading, rows in summary.groups():
        lines = [
            _run(row.row.title, run, summary)
            for row in rows
            for run in summary.runs
            if run.variant == row.row.name
        ]
        if lines:
            blocks.append(Block(heading, tuple(lines)))
    return Grid(
        _title(summary),
        columns,
        tuple(blocks),
        ("Each run, x100.", *_below_runs(summary)),
        (1,) * len(summary.figures),
    )


def _below_runs(summary: Summary) -> Iterator[str]:
    _, *rest = notes(summary)
    return (note for note in rest if not note.startswith(MARK))


def _run(title: str, run: RunResult, summary: Summary) -> tuple[Text, ...]:
    fold = [] if run.fold is None else [str(run.fold)]
    figures = run.figures.get(summary.corpus, {})
    values = [percent(figures.get(figure)) for figure in summary.figures]
    return tuple(map(Text, (title, str(run.seed), *fold, *values)))
