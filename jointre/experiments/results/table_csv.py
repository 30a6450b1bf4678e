"""Tables of experiments as CSV, with raw values: fractions of 1 in full precision, empty where there is none."""

import csv
import re
from collections.abc import Iterator, Sequence
from io import StringIO
from typing import Any

from jointre.experiments.results.summary import Summary
from jointre.printable import clean

COLUMNS: tuple[str, ...] = (
    "corpus",
    "group",
    "row",
    "title",
    "metric",
    "protocol",
    "unit",
    "n",
    "runs",
    "expected",
)
COLUMNS += ("mean", "sd", "delta", "min", "max", "pooled_mean", "pooled_sd")
FORMULA = ("=", "+", "-", "@", "\t", "\r")
NUMBER = re.compile(r"[+-]?[0-9]+(\.[0-9]+)?(e[+-]?[0-9]+)?")
RUN_COLUMNS: tuple[str, ...] = ("corpus", "group", "row", "title", "seed", "fold", "metric", "value")


def summary_csv(summaries: Sequence[Summary]) -> str:
    """One line a corpus, row and metric."""
    return _csv(COLUMNS, (line for summary in summaries for line in _lines(summary)))


def runs_csv(summaries: Sequence[Summary]) -> str:
    """One line a corpus, run and metric; a run that several rows share stands once in each."""
    return _csv(RUN_COLUMNS, (line for summary in summaries for line in _run_lines(summary)))


def _lines(summary: Summary) -> Iterator[Sequence[Any]]:
    for row in summary.rows:
        for figure, cell in row.cells.items():
            told, spread, pooled = row.protocols.get(figure, ""), cell.spread, cell.pooled
            both = (pooled.mean, pooled.sd) if pooled else (None, None)
            yield (
                *(summary.corpus, row.row.group, row.row.name, row.row.title, figure, told, summary.unit),
                *(spread.n, row.runs, row.expected, spread.mean, spread.sd, cell.delta),
                *(spread.min, spread.max, *both),
            )


def _run_lines(summary: Summary) -> Iterator[Sequence[Any]]:
    for row in summary.rows:
        for run in summary.runs:
            if run.variant == row.row.name:
                place = (summary.corpus, row.row.group, row.row.name, row.row.title, run.seed, run.fold)
                for figure in summary.figures:
                    yield (*place, figure, run.figures.get(summary.corpus, {}).get(figure))


def _csv(columns: Sequence[str], lines: Iterator[Sequence[Any]]) -> str:
    out = StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows(map(_cell, line) for line in lines)
    return out.getvalue()


def _cell(value: Any) -> Any:
    """A text that a spreadsheet would take for a formula gets an apostrophe in front; numbers stay as they are."""
    if not isinstance(value, str):
        return value
    formula = value.startswith(FORMULA) and NUMBER.fullmatch(value) is None
    return f"'{clean(value)}" if formula else clean(value)
