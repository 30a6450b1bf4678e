"""Tell tables, such as CSV, from raw text: jointre reads only those of `jointre.readers.triples_csv`."""

import csv
import re

from jointre.errors import DataError, Fault
from jointre.readers.head import Head

DELIMITERS = ",\t;"
COLUMN = re.compile(r"[A-Za-z_][\w.:-]*( [\w.:-]+){0,3}")
USUAL = {
    *("id", "text", "sentence", "content", "title", "document", "tokens", "words", "label", "labels"),
    *("entities", "relation", "relations", "head", "tail", "subject", "object"),
}
"""Names of columns, one of which a table has that is not recognised by the name of its file."""
ENDINGS = (".csv", ".tsv", ".csv.gz", ".tsv.gz")
TRIPLES = "if its rows have relations, name the columns sentence, head, relation and tail"
QUOTED = 8  # columns that a message names


def refuse_table(head: Head) -> None:
    """Raise a DataError if a file that no reader recognises is a table."""
    if what := table(head):
        remedy = "write its texts one per line, or as JSON Lines; to read its lines as text: --reader jointre.text.v1"
        fault = Fault(what, str(head.path), f"{TRIPLES}; {remedy}")
        raise DataError(f"{head.path} is a table without the columns of triples", [fault])


def table(head: Head) -> str:
    """Return a phrase about the columns of a table; empty if the file is not a table."""
    if found := names_columns(head.lines):
        return found
    return "the ending of its name is that of a table" if head.path.name.lower().endswith(ENDINGS) else ""


def names_columns(lines: tuple[str, ...]) -> str:
    """Return a phrase about the columns that the first of several lines names; empty if it names none."""
    columns = _columns(lines)
    if USUAL.isdisjoint(column.casefold() for column in columns):
        return ""
    return f"its first line names columns: {', '.join(map(repr, columns[:QUOTED]))}"


def _columns(lines: tuple[str, ...]) -> list[str]:
    """Return the cells of the first line, if all lines have as many and these look like names of columns."""
    for delimiter in DELIMITERS:
        try:
            rows = list(csv.reader(lines, delimiter=delimiter))
        except csv.Error:
            continue
        sizes = {len(row) for row in rows[:-1] or rows}  # the last line that was read may end inside a cell
        even = len(rows) > 1 and len(sizes) == 1 and len(rows[-1]) <= len(rows[0])
        if even and len(rows[0]) > 1 and all(COLUMN.fullmatch(cell) for cell in rows[0]):
            return rows[0]
    return []
