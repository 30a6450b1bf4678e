"""Place: the file, line, record and key that a message names."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import PurePath
from typing import Union

Where = Union["Place", str]
"""A place; a string stands for a place whose parts are unknown, and is shown as it is."""


@dataclass(frozen=True)
class Place:
    """Where something is. ``str(place)`` is the only way in which it is shown.

    Args:
        file: the file as messages name it; without one, the name of something else: a config, an option, a tensor.
        line: the line, from 1; for a record of a JSON list, the line on which it begins.
        column: the column of the line, from 1.
        record: the position of a record in a JSON list, from 0.
        section: the section of a config: ``("model", "entity_head")``.
        key: the key in the section.
        item: what it is inside the line or record, for instance ``word 3``.
    """

    file: str = ""
    line: int | None = None
    column: int | None = None
    record: int | None = None
    section: tuple[str, ...] = ()
    key: str = ""
    item: str = ""

    @classmethod
    def of(cls, where: Where) -> "Place":
        """Return a place as it is, and a string as the name of a place; the string is not parsed."""
        return where if isinstance(where, Place) else cls(where)

    @property
    def number(self) -> str:
        """The line or record, as it follows the file: ``:3``, ``:3:17`` or ``[2] (line 5)``."""
        if self.record is not None:
            return f"[{self.record}]" + ("" if self.line is None else f" (line {self.line})")
        return "".join(f":{part}" for part in (self.line, self.column) if part is not None)

    @property
    def is_numbered(self) -> bool:
        """Whether this is a whole line of a file or a whole record of a list."""
        return bool(self.number) and not (self.section or self.key or self.item)

    def __str__(self) -> str:
        section = f"[{'.'.join(self.section)}]" if self.section else ""
        text = " ".join(part for part in (f"{self.file}{self.number}", section, self.key) if part)
        return f"{text}: {self.item}" if self.item else text

    def __bool__(self) -> bool:
        return self != NOWHERE

    def brief(self) -> "Place":
        """Return the place with the name of its file, without folders."""
        return replace(self, file=_name_of(self.file))

    def name(self) -> str:
        """Return the default id of the document there: ``train.jsonl:3`` or ``train.json[2]``."""
        number = self.number if self.record is None else f"[{self.record}]"
        if number and not (self.section or self.key or self.item):  # the usual case, a record of a corpus
            return f"{_name_of(self.file)}{number}"
        brief = self.brief()
        return str(brief if self.record is None else replace(brief, line=None))


@lru_cache(maxsize=64)
def _name_of(file: str) -> str:
    return PurePath(file).name


NOWHERE = Place()


def listed(where: Sequence[Place], shown: int) -> str:
    """Return the first places in one line; the file of lines and records that follow each other is named once."""
    parts, file = [], ""
    for place in where[:shown]:
        same = place.is_numbered and place.file and place.file == file
        parts.append(place.number.removeprefix(":") if same else str(place))
        file = place.file if place.is_numbered else ""
    more = [f"and {len(where) - shown} more"] if len(where) > shown else []
    return ", ".join(parts + more)
