"""How two entities lie to each other."""

import pytest

from jointre.data.doc import Entity

ONE = Entity(3, 6, "Org")


@pytest.mark.parametrize(
    ("start", "end", "overlaps", "contains", "contained", "crosses", "gap"),
    [
        (0, 2, False, False, False, False, 1),
        (0, 3, False, False, False, False, 0),
        (2, 4, True, False, False, True, -1),
        (3, 5, True, True, False, False, -2),
        (3, 6, True, True, True, False, -3),
        (2, 7, True, False, True, False, -4),
        (5, 8, True, False, False, True, -1),
        (6, 7, False, False, False, False, 0),
        (9, 10, False, False, False, False, 3),
    ],
)
def test_two_entities(start, end, overlaps, contains, contained, crosses, gap):
    other = Entity(start, end, "Place", 0.5)
    assert ONE.overlaps(other) == other.overlaps(ONE) == overlaps
    assert (ONE.contains(other), other.contains(ONE)) == (contains, contained)
    assert ONE.crosses(other) == other.crosses(ONE) == crosses
    assert ONE.gap(other) == other.gap(ONE) == gap
    assert other.extent == (start, end)
