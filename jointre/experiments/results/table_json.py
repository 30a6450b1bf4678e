"""Tables of experiments as JSON: everything that is known, fractions of 1."""

from collections.abc import Sequence
from typing import Any

from jointre.experiments.results.notes import notes
from jointre.experiments.results.read import run_name
from jointre.experiments.results.summary import Cell, Spread, Summary, SummaryRow
from jointre.experiments.spec import RunResult
from jointre.printable import dump_json


def summaries_json(summaries: Sequence[Summary]) -> str:
    """The experiment, a table a corpus, and each run."""
    facts, first = summaries[0].facts, summaries[0]
    data = {
        "name": facts.name,
        "title": facts.title,
        "reference": facts.reference,
        "seeds": facts.seeds,
        "folds": facts.folds or None,
        "runs": first.total,
        "tables": [_table(summary) for summary in summaries],
    }
    return dump_json(data, indent=2) + "\n"


def _table(summary: Summary) -> dict[str, Any]:
    return {
        "corpus": summary.corpus,
        "metrics": summary.figures,
        "unit": summary.unit,
        "notes": notes(summary),
        "missing": [
            {"runs": name, "seed": seed, "fold": fold}
            for name, places in summary.missing.items()
            for seed, fold in places
        ],
        "rows": [_row(row, summary) for row in summary.rows],
    }


def _row(row: SummaryRow, summary: Summary) -> dict[str, Any]:
    return {
        **vars(row.row),
        "complete": row.runs,
        "expected": row.expected,
        "documents": sorted(row.documents),
        "metrics": {
            figure: {"protocol": row.protocols.get(figure), **_cell(cell, summary.unit)}
            for figure, cell in row.cells.items()
        },
        "values": [_run(run, summary) for run in summary.runs if run.variant == row.row.name],
    }


def _cell(cell: Cell, unit: str) -> dict[str, Any]:
    paired = {"n": cell.paired.n, "mean": cell.paired.mean, "sd": cell.paired.sd}
    pooled = _spread(cell.pooled, "seed") if cell.pooled else None
    return {**_spread(cell.spread, unit), "delta": cell.delta, "paired": paired, "pooled": pooled}


def _spread(spread: Spread, unit: str) -> dict[str, Any]:
    values = [{unit: key, "value": value} for key, value in spread.values.items()]
    facts = {"n": spread.n, "mean": spread.mean, "sd": spread.sd, "min": spread.min, "max": spread.max}
    return {**facts, "values": values}


def _run(run: RunResult, summary: Summary) -> dict[str, Any]:
    return {
        "seed": run.seed,
        "fold": run.fold,
        "run": run_name(run.folder),
        "seconds": run.seconds,
        "documents": run.documents.get(summary.corpus),
        "figures": run.figures.get(summary.corpus, {}),
    }
