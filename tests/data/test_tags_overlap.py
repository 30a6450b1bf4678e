"""Which of overlapping entities stay."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jointre.data.doc import Entity
from jointre.data.overlaps import without_overlaps

NESTED = [(1, 2), (0, 4), (3, 4), (5, 6)]
CROSSING = [(2, 4), (0, 3), (3, 5)]
TWICE = [(0, 1), (0, 1), (1, 2)]


@pytest.mark.parametrize(
    ("extents", "keep", "rows"),
    [
        (NESTED, "outer", [1, 3]),
        (NESTED, "inner", [0, 2, 3]),
        (NESTED, "first", [0, 2, 3]),
        (CROSSING, "outer", [1, 2]),
        (CROSSING, "inner", [0]),
        (CROSSING, "first", [0]),
        (TWICE, "outer", [0, 2]),
        (TWICE, "inner", [0, 2]),
        ([], "outer", []),
    ],
)
def test_which_entities_stay(extents, keep, rows):
    assert without_overlaps([Entity(*extent, "A") for extent in extents], keep) == rows


@given(
    st.lists(st.tuples(st.integers(0, 9), st.integers(1, 5)), max_size=8),
    st.sampled_from(["outer", "inner", "first"]),
)
def test_as_many_stay_as_fit(pairs, keep):
    """What stays does not overlap, and each one left out overlaps one that stays."""
    entities = [Entity(start, start + width, "A") for start, width in pairs]
    kept = without_overlaps(entities, keep)
    words = [set(range(entity.start, entity.end)) for entity in entities]
    taken = set().union(*(words[row] for row in kept)) if kept else set()
    assert sum(len(words[row]) for row in kept) == len(taken)
    assert all(words[row] & taken for row in range(len(entities)) if row not in kept)
