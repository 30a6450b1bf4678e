"""Scores as tables for the terminal, each under the protocol of its numbers."""

from collections.abc import Mapping, Sequence

from rich.console import Console
from rich.table import Table
from rich.text import Text

from jointre.console import as_text, show
from jointre.metrics.base import Metric, Row
from jointre.pretraining.evaluate import Learned

SHARES = ("P", "R", "F1")
COUNTS = ("gold", "predicted", "correct")
WIDE = 64


def show_scores(metrics: Sequence[Metric], console: Console) -> None:
    """Print one table per metric: one line per type, then micro and macro; shares times 100, two decimals.

    If the console is not a terminal, the tables are plain text. A console narrower than 64 columns shows the shares
    without the counts.
    """
    show(lambda screen: _print(metrics, screen), console)


def scores_text(metrics: Sequence[Metric], width: int = 100) -> str:
    """Return the tables of `show_scores` as plain text."""
    return as_text(lambda screen: _print(metrics, screen), width)


def _print(metrics: Sequence[Metric], console: Console) -> None:
    for number, metric in enumerate(metrics):
        if number:
            console.print()
        console.print(Text(metric.protocol, style="bold"))
        rows = metric.table()
        console.print(_table(rows, console.width >= WIDE) if rows else _numbers(metric))


def _table(rows: Sequence[Row], wide: bool) -> Table:
    table = _empty("type", max(len(row.label) for row in rows))
    columns = (*SHARES, *COUNTS) if wide else SHARES
    for name in columns:
        table.add_column(name, justify="right", no_wrap=True)
    for before, row in zip([None, *rows], rows, strict=False):
        if before and before.kind == "type" != row.kind:
            table.add_row()
        style = "" if row.kind == "type" else "bold"
        table.add_row(Text(row.label), *_cells(row)[: len(columns)], style=style)
    return table


def _numbers(metric: Metric) -> Table:
    """Return the table of a metric without types: its scores by name."""
    scores = metric.compute()
    table = _empty("score", max(map(len, scores), default=0))
    table.add_column("value", justify="right", no_wrap=True)
    for name, value in scores.items():
        table.add_row(Text(name), _percent(value))
    return table


def _empty(name: str, longest: int) -> Table:
    table = Table(box=None, header_style="dim", pad_edge=False, padding=(0, 2, 0, 0))
    table.add_column(name, overflow="fold", min_width=min(12, longest))
    return table


def _cells(row: Row) -> list[str]:
    shares = [_percent(share) for share in (row.precision, row.recall, row.f1)]
    return shares + ["" if count is None else str(count) for count in (row.gold, row.predicted, row.correct)]


def _percent(share: float) -> str:
    return f"{100 * share:.2f}"


def show_learned(learned: Mapping[str, Learned], console: Console) -> None:
    """Print loss, accuracy, the accuracy of chance (x100) and the number of items of each objective."""
    table = Table(box=None, pad_edge=False)
    table.add_column("objective")
    for name in ("loss", "accuracy", "chance", "items"):
        table.add_column(name, justify="right")
    for name, each in learned.items():
        scores = (
            f"{each.loss:.4f}",
            f"{100 * each.accuracy:.2f}",
            f"{100 * each.chance:.2f}",
            f"{each.items}",
        )
        table.add_row(name, *scores)
    console.print(table)
