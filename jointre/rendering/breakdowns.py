"""Scores by bucket as tables for the terminal."""

from collections.abc import Iterator, Mapping

from rich.console import Console, RenderableType
from rich.table import Table
from rich.text import Text

from jointre.breakdowns.errors import Errors
from jointre.breakdowns.score import Broken, Bucket
from jointre.console import as_text, show
from jointre.metrics.base import Metric
from jointre.rendering.errors import error_blocks

WIDE = 64
NOTHING = "-"


def show_breakdowns(scores: Mapping[str, Broken], console: Console) -> None:
    """Print one block per breakdown, with one table per metric and one line per bucket; shares times 100, two decimals.

    P, R and F1 are micro averages of the bucket, macro F1 is the mean over the types that occur in it. A dash means
    that there is nothing to score. A console narrower than 64 columns shows the shares without the counts. Errors have
    counts by class and examples instead.
    """
    show(lambda screen: _print(scores, screen), console)


def breakdowns_text(scores: Mapping[str, Broken], width: int = 100) -> str:
    """Return the tables of `show_breakdowns` as plain text."""
    return as_text(lambda screen: _print(scores, screen), width)


def _print(scores: Mapping[str, Broken], console: Console) -> None:
    for item in _blocks(scores, console):
        console.print(item)


def _blocks(scores: Mapping[str, Broken], console: Console) -> Iterator[RenderableType]:
    width = console.width
    for number, (name, broken) in enumerate(scores.items()):
        yield Text(("\n" if number else "") + f"By {name} ({broken.breakdown.title})", style="bold")
        if isinstance(broken.breakdown, Errors):
            yield from error_blocks(broken, width, console.encoding)
            continue
        if broken.left_out:
            yield Text(f"not for {', '.join(broken.left_out)}: this is a breakdown of relations", style="dim")
        if not broken.buckets:
            yield Text("no bucket: neither gold nor predictions contain any relation")
            continue
        for key, metric in broken.metrics.items():
            yield Text(f"\n{metric.protocol}")
            yield _table(key, broken.buckets, width >= WIDE)


def _table(metric: str, buckets: Mapping[str, Bucket], wide: bool) -> Table:
    every = {name: _cells(bucket.metrics[metric]) for name, bucket in buckets.items()}
    columns = list(dict.fromkeys(column for cells in every.values() for column in cells))
    table = Table(box=None, header_style="dim", pad_edge=False, padding=(0, 2, 0, 0))
    table.add_column("bucket", overflow="fold", min_width=min(16, max(map(len, buckets))))
    shown = ["documents", *columns] if wide else [column for column in columns if column != "gold"]
    for column in shown:
        table.add_column(column, justify="right", no_wrap=True, min_width=5)
    for name, bucket in buckets.items():
        nothing = dict.fromkeys(columns, NOTHING) | {"gold": "0"}
        cells = every[name] if bucket.scored(metric) else nothing
        cells["documents"] = str(bucket.documents)
        table.add_row(Text(name), *(cells[column] for column in shown))
    return table


def _cells(metric: Metric) -> dict[str, str]:
    """Return the cell of each column; for a metric without a table, its scores by name."""
    rows = {row.kind: row for row in metric.table()}
    if "micro" not in rows:
        return {name: _percent(value) for name, value in metric.compute().items()}
    micro = rows["micro"]
    cells = {"gold": str(micro.gold)}
    cells |= dict(
        zip(("P", "R", "F1"), map(_percent, (micro.precision, micro.recall, micro.f1)), strict=True)
    )
    return cells | ({"macro F1": _percent(rows["macro"].f1)} if "macro" in rows else {})


def _percent(share: float) -> str:
    return f"{100 * share:.2f}"
