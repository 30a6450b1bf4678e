"""Divide documents into parts of given sizes: at random, or so that each part gets its share of every type."""

from collections import Counter
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from random import Random
from typing import Literal

from jointre.data.doc import Doc

ROUNDS = 10  # of as many random pairs as there are items; more rounds gain almost nothing on CoNLL04 and ADE
Types = Mapping[Hashable, int]
Amounts = Mapping[Hashable, float]


@dataclass(frozen=True)
class Item:
    """The numbers of documents that stay together, and how often each type occurs in them."""

    numbers: tuple[int, ...]
    types: Counter[Hashable]


def exchange(items: Sequence[Item], part_of: dict[int, int], sizes: Sequence[int], random: Random) -> None:
    """Swap random pairs of items if that brings the parts closer to their shares; sizes do not change.

    Each swap reduces the sum over all parts and types of ``(occurrences - share)^2 / share``, where the share of a part
    is proportional to its size.

    Args:
        items: the items of all parts.
        part_of: part of each item, by its index in ``items``; changed in place.
        sizes: number of documents of each part.
        random: chooses the pairs.
    """
    total = sum((item.types for item in items), Counter[Hashable]())
    share = [{name: count * size / sum(sizes) for name, count in total.items()} for size in sizes]
    over = [{name: -value for name, value in wanted.items()} for wanted in share]
    for index, item in enumerate(items):
        _add(over[part_of[index]], item.types)
    indices = range(len(items))
    for _ in range(ROUNDS):
        found = 0
        for _ in indices:
            one, other = random.choice(indices), random.choice(indices)
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
    """Return the reduction of the sum if the occurrences in ``change`` move from the other part to this one."""
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
    docs: Sequence[Doc],
    numbers: Sequence[int],
    sizes: Sequence[int],
    kind: Kind,
    together: bool,
    seed: str,
    groups: Sequence[Hashable] | None = None,
) -> list[list[int]]:
    """Divide documents into parts; the same arguments give the same parts.

    The parts have the requested sizes. If ``g`` documents stay together, a size may be off by ``g - 1``.

    Args:
        docs: the corpus.
        numbers: numbers of the documents to divide.
        sizes: number of documents of each part; their sum is ``len(numbers)``.
        kind: "plain": at random; "stratified": by entity and relation types, with `Divider` and then `exchange`.
        together: whether to keep documents with the same words in one part.
        seed: random seed.
        groups: the group of each document of the corpus, which stays in one part; None without groups.

    Returns:
        The documents of each part in the order of ``numbers``.
    """
    random = Random(seed)
    items = _items(docs, numbers, together, groups)
    random.shuffle(items)
    divider = Divider(items, sizes, random)
    if kind == "stratified":
        divider.share_types()
    divider.share_rest()
    if kind == "stratified":
        exchange(items, divider.part_of, sizes, random)
    part_of = {number: divider.part_of[index] for index, item in enumerate(items) for number in item.numbers}
    return [[number for number in numbers if part_of[number] == part] for part in range(len(sizes))]


def types_of(doc: Doc) -> Counter[Hashable]:
    """Count the relation and entity types of a document; relation types come first, which matters for ties."""
    found: Counter[Hashable] = Counter(("relation", relation.label) for relation in doc.relations)
    found.update(("entity", entity.label) for entity in doc.entities)
    return found


def _items(
    docs: Sequence[Doc], numbers: Sequence[int], together: bool, groups: Sequence[Hashable] | None
) -> list[Item]:
    """Return the documents that stay together, directly or by way of others."""
    items: dict[int, list[int]] = {}  # by the first of their documents
    first: dict[Hashable, int] = {}  # of those with a key, or of an item that it has joined
    for number in numbers:
        keys: list[Hashable] = [("words", *docs[number].words)] if together else []
        keys += [] if groups is None else [("group", groups[number])]
        found = sorted({first[key] for key in keys if key in first})
        members = [member for one in found for member in items.pop(one)]
        home = found[0] if found else number
        items[home] = sorted([*members, number])
        joined = set(found[1:])
        if joined:
            first.update((key, home) for key, one in first.items() if one in joined)
        first.update((key, home) for key in keys)
    return [
        Item(tuple(group), sum((types_of(docs[n]) for n in group), Counter())) for group in items.values()
    ]


class Divider:
    """Assign items to parts of given sizes; `share_types` is iterative stratification.

    As in (Sechidis et al., Algorithm 1): the type with the fewest remaining items is distributed first. Each of its
    items goes to the part that lacks most of that type; ties go to the part with most room, then to a random one.
    Differences from the paper:

    - A type counts as often as it occurs in an item, not once, and items with more of it come first.
    - Lack and room are relative to the size of the part; for parts of equal size this makes no difference.
    - A full part takes no more items. Sizes are exact, at the cost of the types that are distributed last.

    Args:
        items: the items to divide, in random order.
        sizes: number of documents of each part.
        random: breaks ties.
    """

    def __init__(self, items: Sequence[Item], sizes: Sequence[int], random: Random) -> None:
        self.items = items
        self.sizes = sizes
        self.random = random
        self.room = list(sizes)
        self.part_of: dict[int, int] = {}

    def share_types(self) -> None:
        """Assign every item that has a type."""
        holders: dict[Hashable, dict[int, None]] = {}
        total: Counter[Hashable] = Counter()
        for index, item in enumerate(self.items):
            total.update(item.types)
            for name in item.types:
                holders.setdefault(name, {})[index] = None
        got: list[Counter[Hashable]] = [Counter() for _ in self.sizes]
        share = [size / sum(self.sizes) for size in self.sizes]

        def lack(part: int, name: Hashable) -> float:
            return 1 - got[part][name] / (share[part] * total[name])

        while holders:
            rarest = min(holders, key=lambda name: len(holders[name]))
            for index in sorted(holders[rarest], key=lambda index: -self.items[index].types[rarest]):
                types = self.items[index].types
                part = self._place(index, [lack(part, rarest) for part in range(len(self.sizes))])
                got[part].update(types)
                for name in types:
                    del holders[name][index]
            holders = {name: indices for name, indices in holders.items() if indices}

    def share_rest(self) -> None:
        """Assign the remaining items in order, each to the part with most room."""
        for index in range(len(self.items)):
            if index not in self.part_of:
                self._place(index, [0.0] * len(self.sizes))

    def _place(self, index: int, lack: Sequence[float]) -> int:
        """Assign an item and return its part: of those with room for it, the one that lacks most, then has most room.

        If no part has room for the item, it goes to the part with most room, so a size is off by less than the item.
        """
        weight = len(self.items[index].numbers)
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
        self.part_of[index] = part
        return part
