"""Permutations and moves: classes, offsets, and what cannot be told apart."""

from itertools import permutations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from jointre.objectives.orders import (
    Order,
    draw_pairs,
    every_permutation,
    moved,
    parts,
    permuted,
    rank,
    reordered,
    representatives,
    unrank,
)


@pytest.mark.parametrize(
    ("number", "permutation"),
    [
        (0, (0, 1, 2, 3, 4)),
        (1, (0, 1, 2, 4, 3)),
        (2, (0, 1, 3, 2, 4)),
        (14, (0, 3, 2, 1, 4)),
        (119, (4, 3, 2, 1, 0)),
    ],
)
def test_ranks(number, permutation):
    assert rank(permutation) == number and unrank(number) == permutation


def test_unrank_undoes_rank():
    assert [unrank(rank(p)) for p in every_permutation()] == list(every_permutation())
    assert sorted(map(rank, permutations(range(5)))) == list(range(120))


@pytest.mark.parametrize(
    ("empty", "distinct"), [((), 120), ((0,), 24), ((2,), 24), ((0, 4), 6), ((0, 2, 4), 2)]
)
def test_orders_that_read_the_same_have_one_class(empty, distinct):
    filled = tuple(part not in empty for part in range(5))
    classes = representatives(filled)
    assert len(set(classes)) == distinct and classes[0] == 0
    assert all(classes[number] <= number for number in range(120))


@st.composite
def sentences(draw):
    """Widths of words in pieces, and two disjoint spans; any of the contexts may be empty."""
    sizes = [
        draw(st.integers(0, 4)),
        draw(st.integers(1, 3)),
        draw(st.integers(0, 4)),
        draw(st.integers(1, 3)),
    ]
    sizes.append(draw(st.integers(0, 4)))
    cuts = np.cumsum(sizes)
    widths = draw(st.lists(st.integers(1, 3), min_size=int(cuts[4]), max_size=int(cuts[4])))
    return widths, (int(cuts[0]), int(cuts[1])), (int(cuts[2]), int(cuts[3]))


@given(sentences(), st.integers(0, 119))
def test_permuted_sentence_has_the_same_words_and_both_entities(encoded, pieces, sentence, number):
    widths, first, second = sentence
    before = encoded(widths, first, second)
    order = permuted(len(widths), first, second, unrank(number))
    _same_words_and_entities(before, reordered(before, order.words), order, first, second, pieces)


@given(sentences(), st.integers(0, 1), st.integers(-9, 9))
def test_moved_entities_keep_their_words(encoded, pieces, sentence, which, by):
    widths, first, second = sentence
    gap = second[0] - first[1]
    low, high = [(-first[0], gap), (-gap, len(widths) - second[1])][which]
    before = encoded(widths, first, second)
    order = moved(len(widths), first, second, which, int(np.clip(by, low, high)))
    after = reordered(before, order.words)
    _same_words_and_entities(before, after, order, first, second, pieces)
    others = [
        word for word in order.words if not (first, second)[which][0] <= word < (first, second)[which][1]
    ]
    assert others == sorted(others), "words that are moved over keep their order"


def _same_words_and_entities(before, after, order: Order, first, second, pieces):
    every = [pieces(before, word, word + 1) for word in range(len(before.words))]
    now = [pieces(after, word, word + 1) for word in range(len(after.words))]
    assert sorted(every) == sorted(now)
    assert after.ids[0] == before.ids[0] and after.ids[-1] == before.ids[-1]
    assert after.doc.words == [before.doc.words[word] for word in order.words]
    found = [pieces(after, *span) for span in order.spans]
    assert sorted(found) == sorted([pieces(before, *first), pieces(before, *second)])
    assert order.spans[0][1] <= order.spans[1][0], "the entity that stands first comes first"


def test_a_move_by_hand(encoded, pieces):
    """w0 [w1 w2] w3 w4 [w5] w6: the first two words to the right, the second one to the left."""
    assert moved(7, (1, 3), (5, 6), 0, 2) == Order((0, 3, 4, 1, 2, 5, 6), ((3, 5), (5, 6)))
    assert moved(7, (1, 3), (5, 6), 1, -1) == Order((0, 1, 2, 3, 5, 4, 6), ((1, 3), (4, 5)))
    assert moved(7, (1, 3), (5, 6), 0, 0) == Order(tuple(range(7)), ((1, 3), (5, 6)))


def test_parts_cover_the_sentence():
    assert [list(part) for part in parts(6, (1, 2), (3, 5))] == [[0], [1], [2], [3, 4], [5]]
    assert [len(part) for part in parts(2, (0, 1), (1, 2))] == [0, 1, 0, 1, 0]


def test_pairs_are_disjoint_and_in_text_order(encoded):
    entities = encoded([1] * 9, (6, 8), (0, 2), (1, 3), (4, 5)).doc.entities
    pairs = draw_pairs(entities, 5, None, np.random.default_rng(0))
    assert sorted(pairs) == [
        ((0, 2), (4, 5)),
        ((0, 2), (6, 8)),
        ((1, 3), (4, 5)),
        ((1, 3), (6, 8)),
        ((4, 5), (6, 8)),
    ]
    assert len(draw_pairs(entities, 5, 2, np.random.default_rng(0))) == 2
    assert len(draw_pairs(entities, 2, None, np.random.default_rng(1))) <= 1
