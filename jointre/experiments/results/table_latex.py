"""Write tables of experiments as LaTeX, for the package booktabs."""

from collections.abc import Iterator, Sequence

from jointre.experiments.results.grid import Grid, Text
from jointre.printable import clean

SIGNS = {
    "\\": r"\textbackslash{}",
    **{sign: f"\\{sign}" for sign in "&%$#_{}"},
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
    "[": "{[}",  # at the start of a line it would be an argument of the preceding line break
    "*": "{*}",
    "<": r"\textless{}",
    ">": r"\textgreater{}",
    "|": r"\textbar{}",
    "±": r"$\pm$",
    "\u00d7": r"$\times$",
    "Δ": r"$\Delta$",
    "≤": r"$\leq$",
    "≥": r"$\geq$",
    "\u2212": "$-$",
    "→": r"$\rightarrow$",
    "†": r"\textdagger{}",
    "\u2013": "--",
    "\u2014": "---",
}


def latex(grids: Sequence[Grid]) -> str:
    """Return the tables, each with its notes as the caption."""
    head = "% needs \\usepackage{booktabs}\n"
    return head + "\n".join("".join(f"{line}\n" for line in _lines(grid)) for grid in grids)


def _lines(grid: Grid) -> Iterator[str]:
    columns = len(grid.columns)
    yield r"\begin{table}"
    yield r"\centering"
    yield f"\\begin{{tabular}}{{l{'r' * (columns - 1)}}}"
    yield r"\toprule"
    yield _line([escaped(column) for column in grid.columns])
    for block in grid.blocks:
        yield r"\midrule"
        if block.heading:
            yield f"\\multicolumn{{{columns}}}{{l}}{{\\textit{{{escaped(block.heading)}}}}} \\\\"
        for row in block.rows:
            title, *fields = row
            yield _line([escaped(title.text), *map(_field, fields)])
    yield r"\bottomrule"
    yield r"\end{tabular}"
    yield f"\\caption{{{escaped('. '.join([grid.title.rstrip('.'), ' '.join(grid.notes)]))}}}"
    yield r"\end{table}"


def _line(fields: Sequence[str]) -> str:
    return f"{' & '.join(fields)} \\\\"


def _field(text: Text) -> str:
    value = escaped(text.text)
    value = f"$-${value[1:]}" if value[:1] == "-" and value[1:2].isdigit() else value
    value = f"$+${value[1:]}" if value[:1] == "+" else value
    return f"\\textbf{{{value}}}" if text.bold else value


def escaped(text: str) -> str:
    """Return text in which no character is special to LaTeX."""
    return "".join(SIGNS.get(sign, sign) for sign in " ".join(clean(text).split()))
