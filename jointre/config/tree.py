"""Small helpers for configs as nested dictionaries."""

import math
import sys
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Literal

from jointre.place import NOWHERE, Place, Where

Tree = dict[str, Any]
Key = tuple[str, ...]
Kind = Literal["default", "base", "config", "overlay", "override"]
OUT_OF_RANGE = "a number is not finite, or larger than any floating-point number"


@dataclass(frozen=True)
class Origin:
    """Where a value comes from: the kind of source and the place in it (``my.cfg:12``, ``--training.epochs``).

    A value of a ``[base]`` has the kind "base", whichever of several bases it stands in. A string becomes the name of a
    place as it is.
    """

    kind: Kind
    place: Place

    if TYPE_CHECKING:

        def __init__(self, kind: Kind, place: Where) -> None: ...

    def __post_init__(self) -> None:
        object.__setattr__(self, "place", Place.of(self.place))


Origins = dict[Key, Origin]


def at_keys(block: Tree) -> list[str]:
    """Return the keys of a block that name a registered function: one, if the block is valid."""
    return [key for key in block if key.startswith("@")]


def function_of(value: Any) -> tuple[str, Any] | None:
    """Return ``("@poolers", "jointre.max.v1")`` for a function block, None for anything else."""
    keys = at_keys(value) if isinstance(value, dict) else []
    return (keys[0], value[keys[0]]) if keys else None


def holds_block(value: Any) -> bool:
    """Return whether ``value`` is a function block or a dictionary with one inside."""
    if not isinstance(value, dict):
        return False
    return function_of(value) is not None or any(holds_block(child) for child in value.values())


def walk(value: Any, key: Key = ()) -> Iterator[tuple[Key, Any]]:
    """Yield every key below ``key`` with its value, parents first; lists are leaves."""
    if isinstance(value, dict):
        for name, child in value.items():
            yield (*key, name), child
            yield from walk(child, (*key, name))


def out_of_range(value: Any) -> bool:
    """Return whether a value contains a number that is NaN, infinite, or larger than any float."""
    if isinstance(value, dict | list):
        return any(map(out_of_range, value.values() if isinstance(value, dict) else value))
    if isinstance(value, int):
        return abs(value) > sys.float_info.max
    return isinstance(value, float) and not math.isfinite(value)


def too_deep(value: Any, limit: int = 40) -> bool:
    """Return whether lists and dictionaries are nested more than ``limit`` deep."""
    level = [value]
    for _ in range(limit):
        inner = [
            item.values() if isinstance(item, dict) else item
            for item in level
            if isinstance(item, (dict, list))
        ]
        level = [child for children in inner for child in children]
    return any(isinstance(item, (dict, list)) for item in level)


def lookup(tree: Tree, key: Key) -> Any:
    """Return the value at ``key``; raise KeyError if there is none."""
    node: Any = tree
    for name in key:
        if not isinstance(node, dict):
            raise KeyError(".".join(key))
        node = node[name]
    return node


def origin_of(origins: Origins, key: Key) -> Origin | None:
    """Return the origin of ``key`` or of the nearest section around it that has one."""
    for length in range(len(key), 0, -1):
        if key[:length] in origins:
            return origins[key[:length]]
    return None


def where(origins: Origins, section: Key, name: str = "") -> Place:
    """Return the place of a section or its key, shown as ``my.cfg:23 [model.entity_head] max_width``."""
    origin = origin_of(origins, (*section, name) if name else section)
    return replace(origin.place if origin else NOWHERE, section=section, key=name)
