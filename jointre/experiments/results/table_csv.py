"""Write tables of experiments as CSV: fractions of 1 in full precision; a missing value is empty."""

import csv
import re
from collections.abc import Iterator, Sequence
from io import StringIO
from typing import Any

from jointre.experiments.results.summary import Summary, VariantSummary
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
    """Return a line for each corpus, variant and metric."""
    return _csv(COLUMNS, (line for summary in summaries for line in _lines(summary)))


def runs_csv(summaries: Sequence[Summary]) -> str:
    """Return a line for each corpus, run and metric; a shared run is repeated for each of its variants."""
    return _csv(RUN_COLUMNS, (line for summary in summaries for line in _run_lines(summary)))


def _lines(summary: Summary) -> Iterator[Sequence[Any]]:
    for found in summary.variants:
        for metric, cell in found.cells.items():
            spread, pooled = cell.spread, cell.pooled
            yield (
                *_identity(summary, found),
                *(metric, found.protocols.get(metric, ""), summary.unit),
                *(spread.n, found.runs, found.expected, spread.mean, spread.sd, cell.delta),
                *(spread.min, spread.max, *((pooled.mean, pooled.sd) if pooled else (None, None))),
            )


def _run_lines(summary: Summary) -> Iterator[Sequence[Any]]:
    for found in summary.variants:
        for run in summary.runs:
            if run.variant == found.variant.name:
                for metric in summary.metrics:
                    value = run.metrics.get(summary.corpus, {}).get(metric)
                    yield (*_identity(summary, found), run.seed, run.fold, metric, value)


def _identity(summary: Summary, found: VariantSummary) -> tuple[str, str, str, str]:
    return summary.corpus, found.variant.group, found.variant.name, found.variant.title


def _csv(columns: Sequence[str], lines: Iterator[Sequence[Any]]) -> str:
    out = StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows(map(_cell, line) for line in lines)
    return out.getvalue()


def _cell(value: Any) -> Any:
    """Prefix text that a spreadsheet would take for a formula with an apostrophe; leave numbers unchanged."""
    if not isinstance(value, str):
        return value
    formula = value.startswith(FORMULA) and NUMBER.fullmatch(value) is None
    return f"'{clean(value)}" if formula else clean(value)
