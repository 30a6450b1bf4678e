"""Dividing documents into parts of given sizes: at random, or with the types shared out evenly."""

from collections import Counter
from collections.abc import Hashable, Sequence
from random import Random
from typing import Literal

from jointre.data.doc import Doc
from jointre.experiments.exchange import Item, exchange

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

    Sechidis, Tsoumakas and Vlahavas (ECML 2011), Algorithm 1: the type with the fewest remaining items is shared out
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
