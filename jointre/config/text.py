"""Write a config: sections in depth-first order, values as JSON, variables as they are."""

import textwrap
from collections.abc import Callable, Iterator
from typing import Any

from jointre.config.interpolate import WHOLE
from jointre.config.schema import is_section
from jointre.config.tree import Key, Tree, holds_block
from jointre.printable import dump_json


def write(tree: Tree) -> str:
    """Return the text of a config; reading it gives ``tree`` again."""
    return "\n".join(line for _, line in rows(tree)).strip() + "\n"


def write_commented(tree: Tree, comment: Callable[[Key], str]) -> str:
    """Return the text of a config, with what ``comment`` says of a key or section above it."""
    lines: list[str] = []
    for key, line in rows(tree):
        told = comment(key) if key and not key[-1].startswith("@") else ""
        lines += [*textwrap.wrap(told, 98, initial_indent="# ", subsequent_indent="# "), line]
    return "\n".join(lines).strip() + "\n"


def rows(tree: Tree) -> Iterator[tuple[Key, str]]:
    """Yield the lines of a config with their keys; a blank line above a section has no key."""
    for name, value in tree.items():
        yield from _section((name,), value)


def write_value(value: Any) -> str:
    """Return a value as it is written after the equals sign."""
    if isinstance(value, str) and WHOLE.fullmatch(value):
        return value
    return dump_json(value)


def is_subsection(key: Key, value: Any) -> bool:
    """Return whether a value is written as a section of its own: blocks and sections are, plain data is not."""
    return isinstance(value, dict) and (holds_block(value) or is_section(key))


def _section(key: Key, section: Tree) -> Iterator[tuple[Key, str]]:
    inner = {name: value for name, value in section.items() if is_subsection((*key, name), value)}
    leaves = {name: value for name, value in section.items() if name not in inner}
    if key[-1] != "*" or leaves:
        yield (), ""
        yield key, f"[{'.'.join(key)}]"
    for name, value in leaves.items():
        yield (*key, name), f"{name} = {write_value(value)}"
    for name, value in inner.items():
        yield from _section((*key, name), value)
