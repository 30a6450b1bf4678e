"""Read the docstrings of components and settings: the summary, and the description of each argument."""

import inspect
import re
from collections.abc import Callable
from typing import Any

from jointre.config.schema import SECTIONS, Paths, Slot
from jointre.config.tree import Key, Tree, function_of, lookup
from jointre.registry import find

ENTRY = re.compile(r"(?P<names>\*{0,2}\w+(, \*{0,2}\w+)*): ")


def summary(thing: Any) -> str:
    """Return the first paragraph of the docstring as plain text, on one line."""
    return _plain((inspect.getdoc(thing) or "").strip().split("\n\n")[0])


def _plain(text: str) -> str:
    return " ".join(text.replace("``", "").split())


def arguments(thing: Any) -> dict[str, str]:
    """Return the entries below ``Args:`` by argument, each on one line; base classes fill in missing ones."""
    bases = reversed(thing.__mro__) if isinstance(thing, type) else [thing]
    result: dict[str, str] = {}
    for base in bases:
        result.update(_entries(inspect.cleandoc(base.__doc__ or "")))
    return result


def _entries(text: str) -> dict[str, str]:
    result: dict[str, str] = {}
    names: list[str] = []
    _, _, section = text.partition("Args:\n")
    for line in re.split(r"\n(?=\S)", section)[0].splitlines():
        entry = ENTRY.match(line.strip())
        if entry and len(line) - len(line.lstrip()) <= 4:
            names = [name.lstrip("*") for name in entry["names"].split(", ")]
            line = line.strip()[entry.end() :]
        for name in names:
            result[name] = f"{result.get(name, '')} {line.strip()}".strip()
    return {name: _plain(told) for name, told in result.items()}


def commenter(tree: Tree) -> Callable[[Key], str]:
    """Return a function that describes a key of ``tree``: a block's function, an argument, or "" if unknown."""

    def comment(key: Key) -> str:
        function = function_of(lookup(tree, key))
        if function is not None:
            return summary(find(*function))
        kind = SECTIONS.get(key[0])
        outer = function_of(lookup(tree, key[:-1])) if len(key) > 1 else None
        if outer is not None:
            return arguments(find(*outer)).get(key[-1], "")
        if len(key) == 2 and isinstance(kind, type) and kind is not Paths:
            return arguments(kind).get(key[1], "")
        plain = len(key) == 1 and kind is not None and not isinstance(kind, Slot)
        return summary(kind).removeprefix(f"[{key[0]}]: ") if plain else ""

    return comment
