"""Find the columns of a table with one triple per row, by the names in its header or by their order."""

import csv
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import product

from jointre.limits import ColumnNumber
from jointre.readers.head import MOST_LINES
from jointre.readers.name_search import WORD, NameSearch

DELIMITERS = ",\t;|"
NAMES: Mapping[str, str] = {
    "sentence": "sentence text sent context content passage",
    "head": "head subject subj h e1 entity1 arg1 source",
    "relation": "relation predicate rel label relationtype property",
    "tail": "tail object obj t e2 entity2 arg2 target",
    "head_type": "headtype subjecttype subjtype entity1type e1type headlabel",
    "tail_type": "tailtype objecttype objtype entity2type e2type taillabel",
    "id": "id",
}
"""The usual names of the columns, in small letters and without anything else."""
ROLES = ("sentence", "head", "relation", "tail")  # the columns that a table must have, in their usual order
EXTRA = re.compile("name|text|entity|mention|string")  # words that names of columns have besides: head_name
LEAST_WORDS = 3  # of a sentence, by which a table without a header is recognised
UNENDED = "unexpected end of data"  # of the csv module, if the text ends inside quotes

Column = str | ColumnNumber
"""A column by its name in the header, or by its number, from 1."""


@dataclass(frozen=True)
class TableFormat:
    """How to read a table.

    Args:
        delimiter: the character between two cells.
        has_quotes: whether cells may be in double quotes.
        header: the names of the columns; empty for a table without a header.
        columns: the position of each column that is read, by its role.
        size: the number of columns.
    """

    delimiter: str
    has_quotes: bool
    header: tuple[str, ...]
    columns: Mapping[str, int]
    size: int

    def rows(self, lines: Iterable[str]) -> Iterator[list[str]]:
        """Return a reader of the csv module, which raises its errors at the row where they are."""
        if self.has_quotes:
            return csv.reader(lines, delimiter=self.delimiter, strict=True)
        return csv.reader(lines, delimiter=self.delimiter, quoting=csv.QUOTE_NONE)


def table_format(
    lines: Sequence[str],
    named: Mapping[str, Column],
    header: bool | None = None,
    quotes: bool | None = None,
) -> TableFormat | None:
    """Return the format of a table of triples, or None if the lines are not one.

    Args:
        lines: the first lines of the file that are not blank.
        named: the columns that the user names, by role.
        header: whether the first row has the names of the columns; None to decide by them.
        quotes: whether cells may be in double quotes; None if that gives rows of equal length.
    """
    for delimiter, quoted in product(DELIMITERS, (True, False) if quotes is None else (quotes,)):
        plain = TableFormat(delimiter, quoted, (), {}, 0)
        rows = _even_rows(lines, plain)
        if not rows or len(rows[0]) < 2:
            continue
        size, names = len(rows[0]), tuple(cell.strip() for cell in rows[0])
        columns = {} if header is False else _by_name(names, named)
        if header is None and all(isinstance(named.get(role), int) for role in columns):
            columns = {}  # the first row has no name of a column
        if _is_complete(columns, size):
            return TableFormat(delimiter, quoted, names, columns, size)
        columns = _by_number(named)
        sure = header is False or bool(named)
        if not header and _is_complete(columns, size) and (sure or _are_triples(rows, columns)):
            return TableFormat(delimiter, quoted, (), columns, size)
    return None


def _even_rows(lines: Sequence[str], form: TableFormat) -> list[list[str]]:
    """Return the rows if they have the same number of cells, else none; the last one may be cut."""
    rows: list[list[str]] = []
    try:
        rows.extend(form.rows(f"{line}\n" for line in lines))
    except csv.Error as error:
        if not str(error).startswith(UNENDED) or len(lines) < MOST_LINES:
            return []
    sizes = {len(row) for row in rows[:-1] or rows}
    return rows if len(sizes) == 1 and len(rows[-1]) <= len(rows[0]) else []


def _by_name(names: Sequence[str], named: Mapping[str, Column]) -> dict[str, int]:
    """Return the columns by the names in a header; a role that several columns may have is left out."""
    columns = {}
    roles = {name: _roles(name) for name in set(names)}
    for role in NAMES:
        wanted = named.get(role)
        if isinstance(wanted, int):
            columns[role] = wanted - 1
            continue
        found = [
            i for i, name in enumerate(names) if (role in roles[name] if wanted is None else name == wanted)
        ]
        if len(found) == 1:
            columns[role] = found[0]
    return columns


def _by_number(named: Mapping[str, Column]) -> dict[str, int]:
    """Return the columns of a table without a header: those with a number, and the others in their usual order."""
    if any(isinstance(wanted, str) for wanted in named.values()):
        return {}
    numbers = {role: wanted - 1 for role, wanted in named.items() if isinstance(wanted, int)}
    return {role: numbers.get(role, position) for position, role in enumerate(ROLES)} | numbers


def _roles(name: str) -> set[str]:
    """Return the roles that the name of a column may stand for."""
    plain = re.sub(r"[\W_]", "", name.casefold())
    exact = {role for role, usual in NAMES.items() if plain in usual.split()}
    short = EXTRA.sub("", plain)
    return exact or {role for role, usual in NAMES.items() if short in usual.split()}


def _is_complete(columns: Mapping[str, int], size: int) -> bool:
    """Return whether each role that a table must have is that of another column."""
    places = list(columns.values())
    fits = all(0 <= place < size for place in places) and len(set(places)) == len(places)
    return fits and set(ROLES) <= columns.keys()


def _are_triples(rows: Sequence[Sequence[str]], columns: Mapping[str, int]) -> bool:
    """Return whether each whole row has exactly a sentence, head, relation and tail, which are in the sentence."""
    whole = [row for row in rows if len(row) == len(ROLES)]
    if len(rows[0]) != len(ROLES) or rows[0][0].lstrip()[:1] in ("{", "["):
        return False
    return all(_is_triple(*(row[columns[role]] for role in ROLES)) for row in whole)


def _is_triple(sentence: str, head: str, relation: str, tail: str) -> bool:
    search = NameSearch(sentence, [match.span() for match in WORD.finditer(sentence)])
    if not relation.strip() or len(sentence) < len(head) + len(tail) or len(search.words) < LEAST_WORDS:
        return False
    return all(search.by_rule(name).places for name in (head, tail))
