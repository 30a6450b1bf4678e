"""Write tables of experiments as Markdown that is aligned in the source, too."""

from collections.abc import Iterator, Sequence

from rich.cells import cell_len

from jointre.experiments.results.grid import Grid, Text
from jointre.markdown import escaped


def markdown(grids: Sequence[Grid]) -> str:
    """Return the tables, each with its title above and its notes below."""
    return "\n".join("".join(f"{line}\n" for line in _lines(grid)) for grid in grids)


def _lines(grid: Grid) -> Iterator[str]:
    rows = list(_rows(grid))
    widths = [max(3, *map(cell_len, column)) for column in zip(*rows, strict=True)]
    head, *body = [_line(row, widths) for row in rows]
    yield f"### {escaped(grid.title)}"
    yield ""
    yield head
    yield "| " + " | ".join(_rule(number, width) for number, width in enumerate(widths)) + " |"
    yield from body
    for note in grid.notes:
        yield ""
        yield escaped(note)


def _rows(grid: Grid) -> Iterator[list[str]]:
    yield [escaped(column) for column in grid.columns]
    for block in grid.blocks:
        if block.heading:
            yield [f"*{escaped(block.heading)}*", *("" for _ in grid.columns[1:])]
        for row in block.rows:
            yield [_field(text) for text in row]


def _field(text: Text) -> str:
    return f"**{escaped(text.text)}**" if text.bold else escaped(text.text)


def _line(row: Sequence[str], widths: Sequence[int]) -> str:
    fields = []
    for number, (text, width) in enumerate(zip(row, widths, strict=True)):
        gap = " " * (width - cell_len(text))
        fields.append(gap + text if number else text + gap)
    return f"| {' | '.join(fields)} |"


def _rule(number: int, width: int) -> str:
    return "-" * (width - 1) + ":" if number else "-" * width
