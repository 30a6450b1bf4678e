"""Errors by class as tables for the terminal, with examples of each class."""

from collections.abc import Iterator, Mapping
from itertools import zip_longest

from rich.console import RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from jointre.breakdowns.errors import ClassErrors, Example, Side
from jointre.breakdowns.score import Broken
from jointre.console import NOTHING, percent
from jointre.rendering.changes import described

WIDE = 64
NAMES: dict[Side, tuple[str, str]] = {"wrong": ("wrong", "predicted"), "missed": ("missed", "gold")}
OTHER: dict[Side, str] = {"wrong": "gold", "missed": "predicted"}


def error_blocks(broken: Broken, width: int, encoding: str) -> Iterator[RenderableType]:
    """Yield for each metric its protocol, a table of the classes and examples.

    Args:
        broken: the errors.
        width: columns of the console; below 64 the shares are left out.
        encoding: of the console.
    """
    if broken.left_out:
        names = ", ".join(broken.left_out)
        yield Text(f"not for {names}: its errors have no classes", style="dim")
    for key in broken.metrics:
        classes = {
            name: errors
            for name, bucket in broken.buckets.items()
            if isinstance(errors := bucket.metrics.get(key), ClassErrors)
        }
        yield Text(f"\n{next(iter(classes.values())).protocol}")
        yield _table(classes, width >= WIDE)
        if examples := [(name, errors) for name, errors in classes.items() if errors.examples]:
            yield Text("\nexamples", style="dim")
            for name, errors in examples:
                yield Text(name, style="bold")
                yield Padding(_lines(_chosen(errors.examples, errors.most), encoding), (0, 0, 0, 2))


def _table(classes: Mapping[str, ClassErrors], wide: bool) -> Table:
    table = Table(box=None, header_style="dim", pad_edge=False, padding=(0, 2, 0, 0))
    table.add_column("class", no_wrap=True)
    for count, whole in NAMES.values():
        table.add_column(count, justify="right", no_wrap=True, min_width=6)
        if wide:
            table.add_column(f"% of {whole}", justify="right", no_wrap=True)
    for name, errors in classes.items():
        table.add_row(Text(name), *_row(errors.counts, errors.totals, wide))
    counts = {side: sum(errors.counts.get(side, 0) for errors in classes.values()) for side in NAMES}
    totals = {side: max(errors.totals.get(side, 0) for errors in classes.values()) for side in NAMES}
    table.add_row(Text("all"), *_row(counts, totals, wide), style="bold")
    return table


def _row(counts: Mapping[Side, int], totals: Mapping[Side, int], wide: bool) -> Iterator[str]:
    for side in NAMES:
        yield str(counts[side]) if side in counts else NOTHING
        if wide:
            yield (
                percent(counts[side] / totals[side] if totals[side] else None) if side in counts else NOTHING
            )


def _chosen(examples: list[Example], most: int) -> list[Example]:
    """Return wrong predictions and missed annotations in turn, without those that mirror one another."""
    wrong = [example for example in examples if example.side == "wrong"]
    shown = {(id(example.doc), example.other) for example in wrong}
    missed = [e for e in examples if e.side == "missed" and (id(e.doc), e.item) not in shown]
    return [example for pair in zip_longest(wrong, missed) for example in pair if example][:most]


def _lines(examples: list[Example], encoding: str) -> Table:
    """Return for each example the document's name and the two items, one per line."""
    table = Table.grid(padding=(0, 2, 0, 0))
    table.add_column(style="dim", overflow="fold", max_width=24)
    table.add_column(no_wrap=True)
    table.add_column(overflow="fold")
    for example in examples:
        first = Text(described(example.item, example.doc, encoding))
        table.add_row(Text(example.doc.id or NOTHING), Text(example.side, style="red"), first)
        if example.other is not None:
            second = Text(described(example.other, example.doc, encoding))
            table.add_row("", Text(OTHER[example.side], style="green"), second)
    return table
