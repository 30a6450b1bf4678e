"""Variables: ``${section.key}`` takes a value from elsewhere in the config.

A value that is one variable takes the other value with its type; inside longer text it is written out.
``$$`` stands for one dollar sign. Function blocks cannot be referred to: that would build a second object.
"""

import json
import re
from dataclasses import dataclass, field
from typing import Any

from jointre.config.tree import Key, Origins, Tree, holds_block, lookup, walk, where
from jointre.errors import Fault
from jointre.nearest import nearest_name

NAME = r"\$\{([^}]{0,1000})\}"  # without a bound, a text of ``${`` and nothing else would take quadratic time
VARIABLE = re.compile(rf"\$\$|{NAME}")
WHOLE = re.compile(NAME)
SUGGESTED = 20  # variables that do not exist for which an existing one is suggested


class _Broken:
    """Takes the place of a value whose variable cannot be resolved, so that it is reported only once."""

    def __repr__(self) -> str:
        return "BROKEN"


BROKEN = _Broken()


@dataclass
class Interpolated:
    """A config with its variables replaced.

    Args:
        tree: the values.
        unset: the keys that are null because an entry of [paths] is, with the name of that entry.
        faults: the variables that cannot be resolved.
    """

    tree: Tree = field(default_factory=dict)
    unset: dict[Key, str] = field(default_factory=dict)
    faults: list[Fault] = field(default_factory=list)


def interpolate(tree: Tree, origins: Origins, part: Tree | None = None) -> Interpolated:
    """Return a copy of ``tree``, or of its sections in ``part``, with all variables replaced."""
    result = Interpolated()
    result.tree = _Interpolator(tree, origins, result).replace(tree if part is None else part, ())
    return result


class _Interpolator:
    def __init__(self, tree: Tree, origins: Origins, result: Interpolated) -> None:
        self.tree, self.origins, self.result = tree, origins, result
        self.keys = [".".join(key) for key, value in walk(tree) if not isinstance(value, dict)]

    def replace(self, value: Any, key: Key, seen: tuple[Key, ...] = ()) -> Any:
        """Replace the variables of ``value``, which is at ``key``; ``seen`` are the keys that led there."""
        if isinstance(value, dict):
            return {name: self.replace(child, (*key, name), seen) for name, child in value.items()}
        if isinstance(value, list):
            return [self.replace(item, key, seen) for item in value]
        if not isinstance(value, str) or "$" not in value:
            return value
        if whole := WHOLE.fullmatch(value):
            return self.refer(whole[1], key, seen)
        if value[0] in "[{" and "${" in value and not _is_json(value):
            remedy = 'put quotes around it: ["${section.key}", 2]'
            return self.broken(key, f"{value} has a variable inside a list or dictionary", remedy)
        return self.write_out(value, key, seen)

    def write_out(self, value: str, key: Key, seen: tuple[Key, ...]) -> Any:
        """Replace the variables inside text; null or BROKEN if one of them is."""
        parts: list[Any] = []
        last = 0
        for match in VARIABLE.finditer(value):
            parts.append(value[last : match.start()])
            parts.append("$" if match[0] == "$$" else self.refer(match[1], key, seen))
            last = match.end()
        parts.append(value[last:])
        if BROKEN in parts or (None in parts and key in self.result.unset):
            return BROKEN if BROKEN in parts else None
        return "".join(part if isinstance(part, str) else json.dumps(part) for part in parts)

    def refer(self, name: str, key: Key, seen: tuple[Key, ...]) -> Any:
        """Return the value of the variable ``name``."""
        target = tuple(name.replace(":", ".").split("."))
        if target in (key, *seen):
            return self.broken(key, f"${{{name}}} refers to itself", "write the value out in one place")
        try:
            value = lookup(self.tree, target)
        except KeyError:
            near = nearest_name(name, self.keys) if len(self.result.faults) < SUGGESTED else None
            remedy = f"did you mean ${{{near}}}?" if near else "name an existing section.key"
            return self.broken(key, f"${{{name}}} does not exist", remedy)
        if isinstance(value, dict) and (holds_block(value) or len(target) == 1):
            remedy = "shared parts are passed on by build and forward; refer to a single value"
            what = "a block; that would build a second object" if holds_block(value) else "a section"
            return self.broken(key, f"${{{name}}} refers to {what}", remedy)
        value = self.replace(value, target, (*seen, key))
        if target in self.result.unset:
            self.result.unset[key] = self.result.unset[target]
        elif value is None and target[0] == "paths":
            self.result.unset[key] = name
        return value

    def broken(self, key: Key, what: str, remedy: str) -> Any:
        """Add the fault of a variable that cannot be resolved, once."""
        fault = Fault(what, where(self.origins, key[:-1], key[-1]), remedy)
        if fault not in self.result.faults:
            self.result.faults.append(fault)
        return BROKEN


def _is_json(text: str) -> bool:
    try:
        json.loads(text)
    except (ValueError, RecursionError):
        return False
    return True
