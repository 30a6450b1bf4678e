"""What differs between two configs that are filled and checked, value by value."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from jointre.config.load import Config
from jointre.config.text import rows
from jointre.config.tree import Key, Origin, lookup


@dataclass(frozen=True)
class Side:
    """One key in one config: its line as written, its value with variables replaced, where it comes from."""

    line: str
    value: Any
    origin: Origin


@dataclass(frozen=True)
class Difference:
    """One key that two configs do not agree on; None for the side that does not have it."""

    key: Key
    old: Side | None
    new: Side | None


def differences(old: Config, new: Config) -> list[Difference]:
    """The keys whose values differ, in the order of the second config; keys of the first alone where they stood.

    Variables count for what they stand for: a key that only follows another through ``${section.key}`` is not
    named, nor is one that has the same value written out.
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
    """All keys: those of the second, and each of the first alone behind the key that it followed."""
    result, known, place = list(second), set(second), 0
    for key in first:
        if key in known:
            place = result.index(key) + 1
        else:
            result.insert(place, key)
            place += 1
    return result


def named(found: Iterable[Difference]) -> tuple[str, ...]:
    """The keys of differences, without those that only follow from another.

    ``block.@registry`` stands for everything in a block whose function is another; the key of a block that is there in
    one config only, for all of it.
    """
    keys: dict[Key, Key] = {}
    for item in found:
        keys.setdefault(item.key[:-1] if item.key[-1].startswith("@") else item.key, item.key)
    inside = {stem for stem in keys if any(stem[:length] in keys for length in range(1, len(stem)))}
    return tuple(".".join(key) for stem, key in keys.items() if stem not in inside)
