"""The known name that was probably meant, for messages."""

import difflib
from collections.abc import Iterable
from typing import Any

LONGEST = 100  # the comparison takes time that grows with the square of the length


def nearest_name(name: str, known: Iterable[str], cutoff: float = 0.6) -> str | None:
    """Return the known name that is most like ``name``, None if none is; names that are too long to compare are not.

    Args:
        name: what was given.
        known: the names it may be.
        cutoff: the least likeness, from 0 to 1.
    """
    return next(iter(nearest_names(name, known, 1, cutoff)), None)


def did_you_mean(name: Any, known: Iterable[Any], cutoff: float = 0.6) -> str:
    """``did you mean 'max_width'?``, or nothing if no known name is near."""
    candidates = {str(choice).lower(): choice for choice in known}
    near = nearest_name(str(name).lower(), candidates, cutoff)
    return "" if near is None else f"did you mean {candidates[near]!r}?"


def nearest_names(name: str, known: Iterable[str], most: int = 3, cutoff: float = 0.6) -> list[str]:
    """Return up to ``most`` known names that are like ``name``, the nearest first; see `nearest_name`."""
    if len(name) > LONGEST:
        return []
    short = [other for other in known if len(other) <= LONGEST]
    return difflib.get_close_matches(name, short, n=most, cutoff=cutoff)
