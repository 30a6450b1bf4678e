"""Bounds: whole numbers in ranges."""

from bisect import bisect_right
from collections.abc import Sequence
from itertools import pairwise

from jointre.errors import ConfigError, Fault


class Bounds:
    """Ranges of the whole numbers from 0: bounds 20, 35, 51 make the ranges <20, 20-34, 35-50 and >50.

    Args:
        bounds: the first number of each range but the first, ascending, 1 or more.
        owner: who has them, for the message if they are refused.

    Raises:
        ConfigError: with everything that is wrong with them.
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
        """The range of a number."""
        return self.names[bisect_right(self.bounds, number)]


def _faults(bounds: Sequence[int]) -> list[Fault]:
    remedy = "give ascending whole numbers from 1 on, such as [20, 35, 51]"
    if not bounds:
        return [Fault("there are none", remedy=remedy)]
    low = [f"{bound} is below 1" for bound in bounds if bound < 1]
    unordered = [f"{high} does not belong after {low}" for low, high in pairwise(bounds) if high <= low]
    return [Fault(what, remedy=remedy) for what in (*low, *unordered)]
