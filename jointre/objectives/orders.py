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
"""Rank of (0, 3, 2, 1, 4): the two entities swapped."""
Span = tuple[int, int]


@dataclass(frozen=True)
class Order:
    """An order of words: ``words`` is the word at each place; ``spans`` are two spans at their new places, in text
    order.
    """

    words: tuple[int, ...]
    spans: tuple[Span, Span]


@cache
def every_permutation() -> tuple[tuple[int, ...], ...]:
    """Return the 120 orders of five parts (ENPAR, Figure 5), in lexicographic order."""
    return tuple(permutations(range(PARTS)))


def rank(permutation: Sequence[int]) -> int:
    """Return the class of a permutation: its place in lexicographic order, from 0."""
    left = sorted(permutation)
    number = 0  # in the factorial number system
    for part in permutation:
        number = number * len(left) + left.index(part)
        left.remove(part)
    return number


def unrank(number: int) -> tuple[int, ...]:
    """Return the permutation of a class; the inverse of `rank`."""
    return every_permutation()[number]


@cache
def representatives(filled: tuple[bool, ...]) -> tuple[int, ...]:
    """Return for each class the lowest class with the same word order, if only ``filled`` parts contain words."""
    first: dict[tuple[int, ...], int] = {}
    found = []
    for number, permutation in enumerate(every_permutation()):
        seen = tuple(part for part in permutation if filled[part])
        found.append(first.setdefault(seen, number))
    return tuple(found)


def parts(n_words: int, first: Span, second: Span) -> list[range]:
    """Return left context, first span, middle, second span and right context, as ranges of words."""
    cuts = [0, *first, *second, n_words]
    return [range(start, end) for start, end in pairwise(cuts)]


def permuted(n_words: int, first: Span, second: Span, permutation: Sequence[int]) -> Order:
    """Return the five parts in another order."""
    ranges = parts(n_words, first, second)
    words = tuple(word for part in permutation for word in ranges[part])
    return _ordered(words, first, second)


def moved(n_words: int, first: Span, second: Span, which: int, by: int) -> Order:
    """Move span ``which`` (0 or 1) ``by`` words to the right, or to the left if negative.

    All other words keep their order. The move must stay within the sentence and must not cross the other span.
    """
    start, end = (first, second)[which]
    others = [word for word in range(n_words) if not start <= word < end]
    place = start + by
    return _ordered((*others[:place], *range(start, end), *others[place:]), first, second)


def reordered(encoding: Encoding, order: Iterable[int]) -> Encoding:
    """Return the document with its words in ``order``, pieces and their ranges included; special pieces stay
    around it.
    """
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


def left_out(share: float, rng: np.random.Generator) -> bool:
    """Return whether an objective that uses this share of the documents leaves one out; draw only if it is below 1."""
    return share < 1 and rng.random() >= share


def draw_pairs(
    entities: Sequence[Entity], pool: int, most: int | None, rng: np.random.Generator
) -> list[tuple[Span, Span]]:
    """Return pairs of entities that do not overlap, each in text order.

    Args:
        entities: of one document.
        pool: number of entities, drawn at random, that are paired with each other.
        most: number of these pairs, drawn at random; None for all.
        rng: the generator.
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
