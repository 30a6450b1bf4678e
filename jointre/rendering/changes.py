"""Show the documents that changed from one system to the other: gold entities, and what was gained and lost."""

from collections.abc import Iterator
from dataclasses import replace

from rich.console import Console
from rich.table import Table
from rich.text import Text

from jointre.data.doc import Doc, Entity
from jointre.data.labels import Labels
from jointre.metrics.counts import Item
from jointre.printable import clean
from jointre.rendering.terminal import show_docs
from jointre.significance.changes import KINDS, ChangedDoc, Kind, totals
from jointre.significance.result import Comparison

INDENT = 14
ITEMS = 5
STYLES: dict[Kind, str] = {"gained": "green", "gone false": "green", "lost": "red", "new false": "red"}


def show_changes(comparison: Comparison, limit: int, console: Console, items: int = ITEMS) -> None:
    """Print how many items changed in each way, and the documents that changed most.

    Sentences are shown as they are annotated in gold. Items that several metrics describe in the same words share
    one line.

    Args:
        comparison: the result to show.
        limit: maximum number of documents.
        console: where to print.
        items: maximum number of items of each kind per document; the rest are counted.
    """
    if not comparison.changed:
        differ = any(metric.differing for metric in comparison.metrics)
        what = "What changed can be shown for metrics that compare items: entities, relations."
        console.print(Text(what if differ else "No document changed."), soft_wrap=True)
        return
    runs = f", added up over {comparison.runs} runs" if comparison.runs > 1 else ""
    console.print(Text(f"Items that changed from A to B{runs}", style="bold"), soft_wrap=True)
    console.print(_counts(comparison))
    shown = comparison.changed[:limit]
    every = len(comparison.changed)
    many = f"{len(shown)} of {every}, most changes first" if len(shown) < every else str(every)
    console.print()
    console.print(Text(f"Changed documents: {many}; entities as in gold", style="bold"))
    types = tuple(sorted({entity.label for changed in shown for entity in changed.doc.entities}))
    for changed in shown:
        console.print()
        show_docs([replace(changed.doc, relations=[])], console, Labels(types))
        for kind, line in _lines(changed, comparison.runs, console.encoding, items):
            for number, part in enumerate(line.wrap(console, max(console.width - INDENT, 20))):
                part.rstrip()
                start = f"  {'' if number else kind}".ljust(INDENT)
                console.print(Text().append(start, style=STYLES[kind]).append_text(part), soft_wrap=True)


def _counts(comparison: Comparison) -> Table:
    table = Table(box=None, header_style="dim", pad_edge=False, padding=(0, 2, 0, 0))
    for name in ("metric", *KINDS):
        table.add_column(name, justify="left" if name == "metric" else "right")
    for metric in comparison.metrics:
        counts = totals(comparison.changed, metric.metric)
        table.add_row(Text(metric.metric), *(str(counts[kind]) for kind in KINDS))
    return table


def _lines(changed: ChangedDoc, runs: int, encoding: str, most: int) -> Iterator[tuple[Kind, Text]]:
    """Return the kind and the line of each change: the first of each kind, then the number of further ones."""
    for kind, rows in _rows(changed).items():
        for item, metrics, times in rows[:most]:
            often = f", {times} of {runs} runs" if runs > 1 else ""
            words = described(item, changed.doc, encoding)
            yield kind, Text(words).append(f"  ({', '.join(metrics)}{often})", style="dim")
        if len(rows) > most:
            yield kind, Text(f"and {len(rows) - most:,} more", style="dim")


def _rows(changed: ChangedDoc) -> dict[Kind, list[tuple[Item, list[str], int]]]:
    """Return the items of each kind with their metrics and number of runs.

    An item of a metric that ignores the types of arguments joins the item that has them.
    """
    groups: dict[tuple[Kind, Item, int], dict[Item, list[str]]] = {}
    for change in changed.changes:
        group = groups.setdefault((change.kind, _bare(change.item), change.runs), {})
        group.setdefault(change.item, []).append(change.metric)
    rows: dict[Kind, list[tuple[Item, list[str], int]]] = {kind: [] for kind in KINDS}
    for (kind, bare, times), items in groups.items():
        less = items.pop(bare) if len(items) > 1 and bare in items else []
        rows[kind] += [(item, [*less, *metrics], times) for item, metrics in items.items()]
    return rows


def _bare(item: Item) -> Item:
    """Return an item without additions to its parts: the types of a relation's arguments."""
    return (item[0], *(part for part in item[1:] if not isinstance(part, str)))


def described(item: Item, doc: Doc, encoding: str) -> str:
    """Return `describe` in characters that a console with this encoding can print."""
    arrow = ("──", "──▶") if encoding.lower().startswith("utf") else ("--", "-->")
    return describe(item, doc, arrow).encode(encoding, "replace").decode(encoding)


def describe(item: Item, doc: Doc, arrow: tuple[str, str] = ("──", "──▶")) -> str:
    """Return ``Person: Ines Moreau`` or ``Ines Moreau ──works_for──▶ Halden (Organization)``; other tuples part by
    part.

    Args:
        item: its type, then parts: pairs of numbers are words of ``doc``, text is an addition to the part before.
        doc: the document with the words.
        arrow: the text before and after the type between two parts.
    """
    label, parts = str(item[0]), list[str]()
    for part in item[1:]:
        if isinstance(part, str) and parts:
            parts[-1] += f" ({part})"
        else:
            parts.append(_words(part, doc))
    if len(parts) == 2:
        return clean(f"{parts[0]} {arrow[0]}{label}{arrow[1]} {parts[1]}")
    return clean(f"{label}: {', '.join(parts)}")


def _words(part: object, doc: Doc) -> str:
    match part:
        case (int(start), int(end)) if 0 <= start < end <= len(doc.words):
            return " ".join(doc.surface(Entity(start, end, "")).split())
    return str(part)
