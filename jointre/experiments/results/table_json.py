"""Write tables of experiments as JSON with all details; scores are fractions of 1."""

from collections.abc import Sequence
from typing import Any

from jointre.experiments.results.notes import notes
from jointre.experiments.results.read import run_name
from jointre.experiments.results.summary import Cell, Spread, Summary, VariantSummary
from jointre.experiments.spec import RunResult


def facts_of(summaries: Sequence[Summary]) -> dict[str, Any]:
    """Return the experiment with a table for each corpus and the values of each run; JSON-ready."""
    experiment = summaries[0].experiment
    return {
        "name": experiment.name,
        "title": experiment.title,
        "reference": experiment.reference,
        "seeds": experiment.seeds,
        "folds": experiment.folds or None,
        "runs": summaries[0].total,
        "tables": [_table(summary) for summary in summaries],
    }


def _table(summary: Summary) -> dict[str, Any]:
    return {
        "corpus": summary.corpus,
        "metrics": summary.metrics,
        "unit": summary.unit,
        "notes": notes(summary),
        "missing": [
            {"runs": name, "seed": run.seed, "fold": run.fold}
            for name, runs in summary.missing.items()
            for run in runs
        ],
        "rows": [_variant(found, summary) for found in summary.variants],
    }


def _variant(found: VariantSummary, summary: Summary) -> dict[str, Any]:
    return {
        **vars(found.variant),
        "complete": found.runs,
        "expected": found.expected,
        "documents": sorted(found.documents),
        "metrics": {
            metric: {"protocol": found.protocols.get(metric), **_cell(cell, summary.unit)}
            for metric, cell in found.cells.items()
        },
        "values": [_run(run, summary) for run in summary.runs if run.variant == found.variant.name],
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
        "figures": run.metrics.get(summary.corpus, {}),
        **({"cost": run.cost} if run.cost else {}),
    }
