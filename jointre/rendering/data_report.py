"""The report on corpora as tables for the terminal."""

from collections.abc import Callable, Iterator, Mapping

from rich.console import Console, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from jointre.console import as_text, share, show
from jointre.inspection.findings import Case, Finding
from jointre.inspection.report import DataReport, SplitReport
from jointre.inspection.sizes import Distribution
from jointre.printable import clean

FEW = 3
Splits = Mapping[str, SplitReport]
NUMBERS: list[tuple[str, Callable[[SplitReport], int]]] = [
    ("documents", lambda split: split.counts.documents),
    ("  without entities", lambda split: split.counts.without_entities),
    ("  without relations", lambda split: split.counts.without_relations),
    ("words", lambda split: split.counts.words),
    ("entities", lambda split: split.counts.entities),
    ("  nested in a longer one", lambda split: split.counts.nested),
    ("  crossing another", lambda split: split.counts.crossing),
    ("  second type on a span", lambda split: split.counts.second_types),
    ("relations", lambda split: split.counts.relations),
    ("  pairs with several", lambda split: split.counts.shared_pairs),
]
SIZES: list[tuple[str, Callable[[SplitReport], Distribution | None]]] = [
    ("words per document", lambda split: split.sizes.words),
    ("pieces per document", lambda split: split.sizes.pieces),
    ("words per entity", lambda split: split.sizes.widths),
    ("words between arguments", lambda split: split.sizes.distances),
]


def show_data(report: DataReport, console: Console, all_places: bool = False) -> None:
    """Print the tables and findings; plain text if the console is not a terminal.

    Args:
        report: the report.
        console: where to print.
        all_places: whether to show every place of a finding, or the first three.
    """
    show(lambda screen: _print(report, screen, all_places), console)


def data_text(report: DataReport, width: int = 100, all_places: bool = False) -> str:
    """Return what `show_data` prints, as plain text."""
    return as_text(lambda screen: _print(report, screen, all_places), width)


def _print(report: DataReport, console: Console, all_places: bool) -> None:
    splits = report.splits
    tables = [("Corpora", _numbers(splits)), ("Types", _types(report)), ("Sizes", _sizes(splits))]
    if any(split.counts.relations for split in splits.values()):
        tables.insert(2, ("Documents by overlap and number of relations", _triple_classes(splits)))
    for title, table in [*tables, ("Gold that this model can never predict", _unreachable(splits))]:
        console.print(Text(title, style="bold"))
        console.print(table)
        console.print()
    notes = [finding for finding in report.findings if not finding.warning]
    for title, found in (("Warnings", report.warnings), ("Worth knowing", notes)):
        if found or title == "Warnings":
            console.print(Text(title, style="bold"))
            for part in _findings(found, all_places):
                console.print(part)
            console.print()
    for title, lines in (("From the readers", report.notices), ("Not known", report.unknowns)):
        if lines:
            console.print(Text(title, style="bold"))
            for line in lines:
                console.print(_item(clean(line)))
            console.print()


def _numbers(splits: Splits) -> Table:
    table = _table("", splits)
    for name, number in NUMBERS:
        values = [number(split) for split in splits.values()]
        if any(values) or not name.startswith(" "):
            table.add_row(Text(name), *(f"{value:,}" for value in values))
    return table


def _types(report: DataReport) -> Table:
    table = _table("", report.splits)
    counts = [split.counts for split in report.splits.values()]
    table.add_row(Text("entities"), style="dim")
    for label in report.labels.entities:
        table.add_row(Text(f"  {clean(label)}"), *(f"{one.entity_types[label]:,}" for one in counts))
    if report.labels.relations:
        table.add_row(Text("relations"), style="dim")
    for label in report.labels.relations:
        name = f"  {clean(label)}{' (symmetric)' if label in report.labels.symmetric else ''}"
        table.add_row(Text(name), *(f"{one.relation_types[label]:,}" for one in counts))
    return table


def _triple_classes(splits: Splits) -> Table:
    table = _table("", splits)
    counts = [split.counts for split in splits.values()]
    for name in counts[0].triple_classes:
        table.add_row(name, *(_with_share(one.triple_classes[name], one.documents) for one in counts))
    return table


def _sizes(splits: Splits) -> Table:
    table = _table("", ("min", "median", "90 %", "99 %", "max"))
    table.add_column("longest in", overflow="fold")
    for name, size in SIZES:
        found = [(split, size(facts)) for split, facts in splits.items()]
        if any(one for _, one in found):
            table.add_row(Text(name), style="dim")
        for split, one in found:
            if one:
                table.add_row(Text(f"  {split}"), *_row(one), Text(clean(one.longest.record)))
    return table


def _row(size: Distribution) -> list[str]:
    lengths = (size.minimum, size.median, size.percentile_90, size.percentile_99, size.maximum)
    return [f"{length:,}" for length in lengths]


def _unreachable(splits: Splits) -> Table:
    table = _table("", splits)
    for kind in ("entities", "relations"):
        found = [getattr(split.unreachable, kind) for split in splits.values()]
        totals = [getattr(split.counts, kind) for split in splits.values()]
        if any(totals):
            parts = zip((sum(one.values()) for one in found), totals, strict=True)
            table.add_row(Text(kind), *(_with_share(part, total) for part, total in parts))
        for reason in dict.fromkeys(reason for one in found for reason in one):
            table.add_row(Text(f"  {clean(reason)}"), *(_with_share(one.get(reason, 0)) for one in found))
    return table


def _with_share(part: int, total: int = 0) -> str:
    """Return a number with its share, if it has one, so that the numbers of a column are aligned."""
    return f"{part:,} {share(part, total):>8}" if part and total else f"{part:,}{' ' * 9}"


def _table(name: str, columns: Mapping[str, SplitReport] | tuple[str, ...]) -> Table:
    table = Table(box=None, header_style="dim", pad_edge=False, padding=(0, 2, 0, 0))
    table.add_column(name, overflow="fold", min_width=24)
    for column in columns:
        table.add_column(Text(clean(column)), justify="right", no_wrap=True)
    return table


def _findings(findings: list[Finding], all_places: bool) -> Iterator[RenderableType]:
    if not findings:
        yield _item("none")
    for finding in findings:
        yield _item(clean(f"{finding.split}: {finding.what}"), "yellow" if finding.warning else "")
        shown = finding.places if all_places else finding.places[:FEW]
        for place in shown:
            yield Padding(_place(place), (0, 0, 0, 4))
        if len(finding.places) > len(shown):
            rest = f"and {len(finding.places) - len(shown)} more (--verbose shows all)"
            yield Padding(Text(rest, style="dim"), (0, 0, 0, 4))


def _item(text: str, style: str = "") -> Table:
    """Return a line with a hanging dash."""
    grid = Table.grid(padding=(0, 1, 0, 0))
    grid.add_row("-", Text(text, style=style))
    return grid


def _place(place: Case) -> Text:
    what = " ".join(clean(place.what).split())
    return Text(clean(str(place)), style="dim").append(f"  {what}" if what else "", style="not dim")
