"""Bounds: ranges of whole numbers."""

from bisect import bisect_right
from collections.abc import Sequence
from itertools import pairwise

from jointre.errors import ConfigError, Fault


class Bounds:
    """Ranges of the whole numbers from 0: the bounds 20, 35, 51 make the ranges <20, 20-34, 35-50 and >50.

    Args:
        bounds: the first number of each range except the first range, ascending, 1 or more.
        owner: the component that has the bounds, for error messages.

    Raises:
        ConfigError: with everything that is wrong with the bounds.
    """

    def __init__(self, bounds: Sequence[int], owner: str) -> None:
        faults = _faults(bounds)
        if faults:
            raise ConfigError(f"bounds of {owner}", faults)
        self.bounds = tuple(bounds)
        first = "0" if bounds[0] == 1 else f"<{bounds[0]}"
        middle = [str(low) if high == low + 1 else f"{low}-{high - 1}" for low, high in pairwise(bounds)]
        self.names = (first, *middle, f">{bounds[-1] - 1}")

    def name(self, number: int) -> str:
        """Return the range of a number."""
        return self.names[bisect_right(self.bounds, number)]


def _faults(bounds: Sequence[int]) -> list[Fault]:
    remedy = "use ascending whole numbers from 1 on, such as [20, 35, 51]"
    if not bounds:
        return [Fault("the list is empty", remedy=remedy)]
    low = [f"{bound} is below 1" for bound in bounds if bound < 1]
    unordered = [f"{high} must not follow {low}" for low, high in pairwise(bounds) if high <= low]
    return [Fault(what, remedy=remedy) for what in (*low, *unordered)]
