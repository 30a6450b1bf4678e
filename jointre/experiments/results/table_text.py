"""Print tables of experiments in the terminal."""

from collections.abc import Sequence

from rich.console import Console
from rich.measure import Measurement
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from jointre.console import as_text, show
from jointre.experiments.results.grid import Grid
from jointre.printable import clean

NARROWEST = 20


def show_tables(grids: Sequence[Grid], console: Console) -> None:
    """Print the tables; as plain text if the console is not a terminal."""
    show(lambda screen: _print(grids, screen), console)


def tables_text(grids: Sequence[Grid], width: int = 100) -> str:
    """Return what `show_tables` prints, as plain text."""
    return as_text(lambda screen: _print(grids, screen), width)


def _print(grids: Sequence[Grid], console: Console) -> None:
    for number, grid in enumerate(grids):
        if number:
            console.print()
        console.print(Text(clean(grid.title), style="bold"))
        for part in [grid] if _fits(grid, console) else grid.by_metric():
            console.print(_table(part))
            console.print()
        for note in grid.notes:
            console.print(Text(clean(note), style="dim"))


def _fits(grid: Grid, console: Console) -> bool:
    """Return whether all columns fit next to each other."""
    boundless = console.options.update(max_width=10_000)
    return Measurement.get(console, boundless, _table(grid)).minimum <= console.width


def _table(grid: Grid) -> Table:
    table = Table(box=None, header_style="dim", pad_edge=False, padding=(0, 2, 0, 0))
    longest = max((len(row[0].text) for row in grid.rows()), default=0)
    table.add_column(clean(grid.columns[0]), overflow="fold", min_width=min(NARROWEST, longest))
    for column in grid.columns[1:]:
        table.add_column(clean(column), justify="right")
    for number, block in enumerate(grid.blocks):
        if number:
            table.add_row()
        if block.heading:
            table.add_row(Text(clean(block.heading), style="italic"))
        for row in block.rows:
            title, *fields = row
            first = Padding(Text(clean(title.text)), (0, 0, 0, 2 if block.heading else 0))
            shown = (Text(field.text, "bold" if field.bold else "", no_wrap=True) for field in fields)
            table.add_row(first, *shown)
    return table
