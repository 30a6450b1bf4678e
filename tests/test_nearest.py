"""The known name that was probably meant."""

from jointre.nearest import LONGEST, nearest_name


def test_the_nearest_name() -> None:
    assert nearest_name("max_widht", ["max_width", "min_width"]) == "max_width"
    assert nearest_name("zzz", ["max_width"]) is None
    assert nearest_name("zzz", ["max_width"], cutoff=0.0) == "max_width"


def test_names_too_long_to_compare() -> None:
    """Two of them would be compared in quadratic time, and nobody reads the suggestion."""
    long = "a" * (LONGEST + 1)
    assert nearest_name(long, [long]) is None
    assert nearest_name(long[1:], [long]) is None
    assert nearest_name(long[1:], [long, long[2:]]) == long[2:]
