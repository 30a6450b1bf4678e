"""Exchanging items between parts, so that each part comes nearer to its share of every type."""

from collections import Counter
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from random import Random

ROUNDS = (
    10  # each tries as many pairs as there are items; on CoNLL04 and ADE more of them gain next to nothing
)


Types = Mapping[Hashable, int]
Amounts = Mapping[Hashable, float]


@dataclass(frozen=True)
class Item:
    """Documents that stay together, by their numbers, and how often each type occurs in them."""

    numbers: tuple[int, ...]
    types: Counter[Hashable]


def exchange(items: Sequence[Item], part_of: dict[int, int], sizes: Sequence[int], random: Random) -> None:
    """Exchange random pairs of items where that gains something; the sizes of the parts stay as they are.

    Over all parts and types, the sum of (occurrences - share)^2 / share falls with each exchange, where the share is
    what the part would have of a type if all parts had as much of it for their size.

    Args:
        items: what the parts consist of.
        part_of: part of each item, by its place in ``items``; changed in place.
        sizes: number of documents of each part.
        random: chooses the pairs.
    """
    total = sum((item.types for item in items), Counter[Hashable]())
    share = [{name: count * size / sum(sizes) for name, count in total.items()} for size in sizes]
    over = [{name: -value for name, value in wanted.items()} for wanted in share]
    for row, item in enumerate(items):
        _add(over[part_of[row]], item.types)
    rows = range(len(items))
    for _ in range(ROUNDS):
        found = 0
        for _ in rows:
            one, other = random.choice(rows), random.choice(rows)
            here, there = part_of[one], part_of[other]
            if here == there or len(items[one].numbers) != len(items[other].numbers):
                continue
            change = _difference(items[other].types, items[one].types)
            if _gain(change, over[here], share[here], over[there], share[there]) > 1e-9:
                _add(over[here], change)
                _add(over[there], change, -1)
                part_of[one], part_of[other] = there, here
                found += 1
        if not found:
            return


def _gain(change: Types, over: Amounts, share: Amounts, other_over: Amounts, other_share: Amounts) -> float:
    """How much the sum falls if ``change`` goes from the other part to this one."""
    return sum(
        count * (2 * other_over[name] - count) / other_share[name]
        - count * (2 * over[name] + count) / share[name]
        for name, count in change.items()
    )


def _difference(one: Types, other: Types) -> dict[Hashable, int]:
    found = dict(one)
    for name, count in other.items():
        found[name] = found.get(name, 0) - count
    return {name: count for name, count in found.items() if count}


def _add(over: dict[Hashable, float], types: Types, times: int = 1) -> None:
    for name, count in types.items():
        over[name] += times * count
