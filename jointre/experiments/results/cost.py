"""The cost of the models of an experiment as a table: parameters, FLOPs, time and memory (SINET, Table 5)."""

import csv
from collections.abc import Mapping
from io import StringIO
from statistics import fmean
from typing import Any

from jointre.console import NOTHING, number_of
from jointre.errors import Fault, UsageError
from jointre.experiments.results.grid import Block, Grid, Text
from jointre.experiments.results.notes import missing_runs
from jointre.experiments.results.summary import Summary, VariantSummary
from jointre.printable import clean

COLUMNS = {
    "parameters": ("parameters (M)", 1e-6, 2),
    "flops": ("FLOPs (G)", 1e-9, 2),
    "encoder_flops": ("in the encoder (G)", 1e-9, 2),
    "seconds_alone": ("alone (ms)", 1e3, 2),
    "seconds_batched": ("in batches (ms)", 1e3, 2),
    "memory": ("peak memory (MB)", 1e-6, 1),
}
"""Field of `jointre.inspection.cost.Cost` -> heading, factor and decimals."""
BUSY = 0.5


def refuse_unmeasured(summary: Summary) -> None:
    """Raise a UsageError if the cost of no run was measured."""
    if not any(run.cost for run in summary.runs):
        remedy = "add cost = true to [experiment] and repeat jointre experiment run, which then trains nothing again"
        raise UsageError(
            "there is nothing to show", [Fault("no run has measured its cost", "--cost", remedy)]
        )


def cost_grid(summary: Summary) -> Grid:
    """Return a table with a row for each variant: the means over its runs."""
    refuse_unmeasured(summary)
    blocks = tuple(
        Block(heading, tuple(_row(variant, summary) for variant in variants))
        for heading, variants in summary.groups()
    )
    headings = [heading for heading, _, _ in COLUMNS.values()]
    title = f"{summary.experiment.title}, cost per sentence"
    return Grid(title, ("", "n", *headings), blocks, _notes(summary), (1,) * len(COLUMNS))


def cost_csv(summary: Summary) -> str:
    """Return a line for each variant: the means over its runs, in the units of `Cost`."""
    refuse_unmeasured(summary)
    out = StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(["group", "row", "title", "n", *COLUMNS])
    for found in summary.variants:
        costs, variant = _costs(found, summary), found.variant
        names = map(clean, (variant.group, variant.name, variant.title))
        writer.writerow([*names, len(costs), *(_mean(costs, name) for name in COLUMNS)])
    return out.getvalue()


def _costs(found: VariantSummary, summary: Summary) -> list[Mapping[str, Any]]:
    return [run.cost for run in summary.runs if run.variant == found.variant.name and run.cost]


def _mean(costs: list[Mapping[str, Any]], name: str) -> float | None:
    return fmean(cost[name] for cost in costs) if costs else None


def _row(found: VariantSummary, summary: Summary) -> tuple[Text, ...]:
    costs = _costs(found, summary)
    fields = [Text(found.variant.title), Text(str(len(costs)))]
    for name, (_, factor, decimals) in COLUMNS.items():
        mean = _mean(costs, name)
        fields.append(Text(NOTHING if mean is None else f"{factor * mean:.{decimals}f}"))
    return tuple(fields)


def _notes(summary: Summary) -> tuple[str, ...]:
    costs = [run.cost for run in summary.runs if run.cost]
    sentences = max(cost["sentences"] for cost in costs)
    words = fmean(cost["words"] for cost in costs)
    where = sorted({f"{cost['device']}, {number_of(cost['threads'], 'thread')}" for cost in costs})
    pieces = sorted({f"{cost['batch_pieces']}" for cost in costs})
    loads = [cost["load"] for cost in costs if cost["load"] is not None]
    notes = [
        f"Means over n runs, per sentence ({number_of(sentences, 'sentence')} of {summary.corpus}, {words:.1f} words on"
        f" average); batches of {' or '.join(pieces)} pieces; {'; '.join(where)}.",
        "FLOPs: multiplications and additions of matrix products, convolutions and attention, without padding.",
    ]
    if loads and max(loads) >= BUSY:
        notes.append(
            f"Other processes were running (load up to {max(loads):.1f}): the milliseconds are too high."
        )
    return (*notes, *missing_runs(summary))
