"""Dividing documents into parts of given sizes: at random, or with the types shared out evenly."""

from collections import Counter
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from random import Random
from typing import Literal

from jointre.data.doc import Doc

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


Kind = Literal["plain", "stratified"]


def partition(
    docs: Sequence[Doc], numbers: Sequence[int], sizes: Sequence[int], kind: Kind, together: bool, seed: str
) -> list[list[int]]:
    """Divide some documents into parts; the same arguments give the same parts.

    The parts have the sizes asked for. With ``together`` they may be off by one less than the number of copies
    of the sentence that occurs most often.

    Args:
        docs: the corpus.
        numbers: the documents to divide.
        sizes: number of documents of each part; they add up to all of them.
        kind: "plain" at random; "stratified" by the entity and relation types, with `Divider` and then `exchange`.
        together: whether documents with the same words stay in one part.
        seed: start of the random numbers.

    Returns:
        The documents of each part in the order of ``numbers``.
    """
    random = Random(seed)
    items = _items(docs, numbers, together)
    random.shuffle(items)
    divider = Divider(items, sizes, random)
    if kind == "stratified":
        divider.share_types()
    divider.share_rest()
    if kind == "stratified":
        exchange(items, divider.part_of, sizes, random)
    part_of = {number: divider.part_of[row] for row, item in enumerate(items) for number in item.numbers}
    return [[number for number in numbers if part_of[number] == part] for part in range(len(sizes))]


def types_of(doc: Doc) -> Counter[Hashable]:
    """How often each relation type and each entity type occurs; relations come first where types are equally rare."""
    found: Counter[Hashable] = Counter(("relation", relation.label) for relation in doc.relations)
    found.update(("entity", entity.label) for entity in doc.entities)
    return found


def _items(docs: Sequence[Doc], numbers: Sequence[int], together: bool) -> list[Item]:
    groups: dict[Hashable, list[int]] = {}
    for number in numbers:
        groups.setdefault(tuple(docs[number].words) if together else number, []).append(number)
    return [
        Item(tuple(group), sum((types_of(docs[n]) for n in group), Counter())) for group in groups.values()
    ]


class Divider:
    """Gives items to parts of given sizes; `share_types` is iterative stratification.

    As in (Sechidis et al., Algorithm 1): the type with the fewest remaining items is shared out
    first; each of its items goes to the part that lacks most of that type, at ties to the one with most room, then at
    random. What differs from the paper:

    - A type counts as often as it occurs in an item, not once, and items with more of it come first.
    - What a part lacks is taken relative to its size, as is its room; for parts of one size that is the same.
    - A part that is full takes no more: the sizes are kept, at the cost of the types that are shared out last.

    Args:
        items: what to divide, in random order.
        sizes: number of documents of each part.
        random: decides between equals.
    """

    def __init__(self, items: Sequence[Item], sizes: Sequence[int], random: Random) -> None:
        self.items = items
        self.sizes = sizes
        self.random = random
        self.room = list(sizes)
        self.part_of: dict[int, int] = {}

    def share_types(self) -> None:
        """Place every item that has a type."""
        holders: dict[Hashable, dict[int, None]] = {}
        total: Counter[Hashable] = Counter()
        for row, item in enumerate(self.items):
            total.update(item.types)
            for name in item.types:
                holders.setdefault(name, {})[row] = None
        got: list[Counter[Hashable]] = [Counter() for _ in self.sizes]
        share = [size / sum(self.sizes) for size in self.sizes]

        def lack(part: int, name: Hashable) -> float:
            return 1 - got[part][name] / (share[part] * total[name])

        while holders:
            rarest = min(holders, key=lambda name: len(holders[name]))
            for row in sorted(holders[rarest], key=lambda row: -self.items[row].types[rarest]):
                types = self.items[row].types
                part = self._place(row, [lack(part, rarest) for part in range(len(self.sizes))])
                got[part].update(types)
                for name in types:
                    del holders[name][row]
            holders = {name: rows for name, rows in holders.items() if rows}

    def share_rest(self) -> None:
        """Place every item that has no place yet, in their order, where there is most room."""
        for row in range(len(self.items)):
            if row not in self.part_of:
                self._place(row, [0.0] * len(self.sizes))

    def _place(self, row: int, lack: Sequence[float]) -> int:
        """Put an item into the part with room for it that lacks most, then has most room; the part.

        Where no part has the room it is the one with most of it: no part then ends up off by the item's size.
        """
        weight = len(self.items[row].numbers)
        rank = {
            part: (lack[part], room / self.sizes[part])
            for part, room in enumerate(self.room)
            if room >= weight
        }
        if rank:
            best = max(rank.values())
            part = self.random.choice([part for part in rank if rank[part] == best])
        else:
            part = max(range(len(self.room)), key=self.room.__getitem__)
        self.room[part] -= weight
        self.part_of[row] = part
        return part
