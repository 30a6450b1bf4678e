"""The differences between two configs that are filled and checked, value by value."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Any

from jointre.config.load import Config
from jointre.config.text import rows
from jointre.config.tree import Key, Origin, lookup


@dataclass(frozen=True)
class Side:
    """One key in one config: its line as written, its value with variables replaced, and its origin."""

    line: str
    value: Any
    origin: Origin


@dataclass(frozen=True)
class Difference:
    """One key whose value differs; the side that does not have the key is None."""

    key: Key
    old: Side | None
    new: Side | None


def differences(old: Config, new: Config) -> list[Difference]:
    """Return the keys whose values differ, in the order of the second config; keys of the first alone where they stood.

    A value that refers to another one counts as that value: a key that only follows another through
    ``${section.key}`` is left out, and so is one that has the same value written out.
    """
    first, second = dict(_sides(old)), dict(_sides(new))
    both = [key for key in first if key in second]
    changed = [key for key in both if _differ(first[key], second[key])]
    same = set(both) - set(changed)
    ordered = [key for key in _merged(list(first), list(second)) if key not in same]
    return [Difference(key, first.get(key), second.get(key)) for key in ordered]


def _sides(config: Config) -> Iterator[tuple[Key, Side]]:
    for key, line in rows(config.tree):
        if key and not line.startswith("["):
            yield key, Side(line, lookup(config.values, key), config.origin(".".join(key)))


def _differ(old: Side, new: Side) -> bool:
    same = old.value == new.value and isinstance(old.value, bool) == isinstance(new.value, bool)
    return old.line != new.line and not same


def _merged(first: list[Key], second: list[Key]) -> list[Key]:
    """Return the keys of the second, with each key of the first alone behind the one that it followed."""
    result, known, place = list(second), set(second), 0
    for key in first:
        if key in known:
            place = result.index(key) + 1
        else:
            result.insert(place, key)
            place += 1
    return result


def named(found: Iterable[Difference]) -> tuple[str, ...]:
    """Return the keys of differences, without those that only follow from another one.

    ``block.@registry`` stands for everything in a block whose function differs, and the key of a block that only one
    config has stands for the whole block.
    """
    return tuple(".".join(key) for key in _outermost(found).values())


def collapsed(found: Iterable[Difference]) -> list[Difference]:
    """Return the differences with only one for each replaced block, that of its ``@registry`` key.

    Where one config has a block and the other has null, null stands beside the block's function.
    """
    items = list(found)
    result: list[Difference] = []
    for stem in _outermost(items):
        own = [item for item in items if item.key == stem or _names_function_of(stem, item.key)]
        key = next((item.key for item in own if item.key != stem), stem)
        old = next((_short(item.old, item.key != key) for item in own if item.old), None)
        new = next((_short(item.new, item.key != key) for item in own if item.new), None)
        result.append(Difference(key, old, new))
    return _sections_together(result)


def _names_function_of(block: Key, key: Key) -> bool:
    return key[:-1] == block and key[-1].startswith("@")


def _sections_together(found: list[Difference]) -> list[Difference]:
    """Put a block whose place was null behind the keys of the section around it, as blocks are written."""
    result = list(found)
    for item in found:
        behind = [other for other in found[found.index(item) :] if other.key[:-1] == item.key[:-2]]
        if item.key[-1].startswith("@") and behind:
            result.remove(item)
            result.insert(result.index(behind[-1]) + 1, item)
    return result


def _short(side: Side, value_alone: bool) -> Side:
    return replace(side, line=side.line.partition(" = ")[2]) if value_alone else side


def _outermost(found: Iterable[Difference]) -> dict[Key, Key]:
    """Return the keys that differ by themselves: for a block it is its ``@registry`` key, if that differs."""
    keys: dict[Key, Key] = {}
    for item in found:
        keys.setdefault(item.key[:-1] if item.key[-1].startswith("@") else item.key, item.key)
    inside = {stem for stem in keys if any(stem[:length] in keys for length in range(1, len(stem)))}
    return {stem: key for stem, key in keys.items() if stem not in inside}
