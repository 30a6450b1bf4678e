"""Orders of the words of a sentence: permuted parts, moved entities. Offsets are always those after the move."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import cache
from itertools import pairwise, permutations

import numpy as np

from jointre.data.doc import Entity
from jointre.data.encoding import Encoding

PARTS = 5
CLASSES = 120
SWAP = 14
"""Rank of (0, 3, 2, 1, 4): the two entities in each other's place."""
Span = tuple[int, int]


@dataclass(frozen=True)
class Order:
    """``words``: which word stands at each place; ``spans``: two spans at their new places, the earlier first."""

    words: tuple[int, ...]
    spans: tuple[Span, Span]


@cache
def every_permutation() -> tuple[tuple[int, ...], ...]:
    """The 120 orders of five parts, in lexicographic order (section 1.3)."""
    return tuple(permutations(range(PARTS)))


def rank(permutation: Sequence[int]) -> int:
    """The class of a permutation: its place in lexicographic order, from 0."""
    left = sorted(permutation)
    number = 0
    for part in permutation:
        number = number * len(left) + left.index(part)
        left.remove(part)
    return number


def unrank(number: int) -> tuple[int, ...]:
    """The permutation of a class; the inverse of `rank`."""
    return every_permutation()[number]


@cache
def representatives(filled: tuple[bool, ...]) -> tuple[int, ...]:
    """For each of the 120 classes the lowest one that gives the same words where only ``filled`` parts have any."""
    first: dict[tuple[int, ...], int] = {}
    found = []
    for number, permutation in enumerate(every_permutation()):
        seen = tuple(part for part in permutation if filled[part])
        found.append(first.setdefault(seen, number))
    return tuple(found)


def parts(n_words: int, first: Span, second: Span) -> list[range]:
    """Left context, first span, middle, second span, right context, as ranges of words."""
    cuts = [0, *first, *second, n_words]
    return [range(start, end) for start, end in pairwise(cuts)]


def permuted(n_words: int, first: Span, second: Span, permutation: Sequence[int]) -> Order:
    """The five parts in another order; the spans in the order in which they then stand."""
    ranges = parts(n_words, first, second)
    words = tuple(word for part in permutation for word in ranges[part])
    return _ordered(words, first, second)


def moved(n_words: int, first: Span, second: Span, which: int, by: int) -> Order:
    """Span ``which`` (0 or 1) over ``by`` words to the right, or if negative to the left.

    All other words keep their order. The move stays within the sentence and does not cross the other span.
    """
    start, end = (first, second)[which]
    others = [word for word in range(n_words) if not start <= word < end]
    place = start + by
    return _ordered((*others[:place], *range(start, end), *others[place:]), first, second)


def reordered(encoding: Encoding, order: Iterable[int]) -> Encoding:
    """The document with its words in ``order``: pieces and their ranges; special pieces stay around it."""
    words = encoding.words
    taken = list(order)
    prefix, suffix = int(words[0, 0]), int(words[-1, 1])
    inner = [piece for word in taken for piece in encoding.ids[words[word, 0] : words[word, 1]]]
    widths = (words[:, 1] - words[:, 0])[taken]
    ends = prefix + np.cumsum(widths)
    doc = replace(encoding.doc, words=[encoding.doc.words[word] for word in taken], text=None, offsets=None)
    return replace(
        encoding,
        doc=replace(doc, entities=[], relations=[]),
        ids=[*encoding.ids[:prefix], *inner, *encoding.ids[suffix:]],
        words=np.stack([ends - widths, ends], axis=1),
    )


def draw_pairs(
    entities: Sequence[Entity], pool: int, most: int | None, rng: np.random.Generator
) -> list[tuple[Span, Span]]:
    """Pairs of entities that do not overlap, the earlier first.

    Args:
        pool: so many entities, drawn at random, are paired with each other.
        most: how many of these pairs, drawn at random; None for all.
    """
    spans = list(dict.fromkeys(entity.extent for entity in entities))
    chosen = sorted(spans[row] for row in rng.permutation(len(spans))[:pool])
    pairs = [(a, b) for i, a in enumerate(chosen) for b in chosen[i + 1 :] if a[1] <= b[0]]
    drawn = rng.permutation(len(pairs))[:most].tolist()
    return [pairs[row] for row in drawn]


def _ordered(words: tuple[int, ...], first: Span, second: Span) -> Order:
    spans = [(words.index(start), words.index(start) + end - start) for start, end in (first, second)]
    one, other = sorted(spans)
    return Order(words, (one, other))
