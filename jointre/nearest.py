"""Find the known name that was probably meant, for messages."""

import difflib
from collections.abc import Iterable
from typing import Any

LONGEST = 100  # the comparison takes time that grows with the square of the length


def nearest_name(name: str, known: Iterable[str], cutoff: float = 0.6) -> str | None:
    """Return the known name that is most similar to ``name``; None if none is, or if the name is too long to compare.

    Args:
        name: the given name.
        known: the known names.
        cutoff: minimum similarity, from 0 to 1.
    """
    return next(iter(nearest_names(name, known, 1, cutoff)), None)


def did_you_mean(name: Any, known: Iterable[Any], cutoff: float = 0.6) -> str:
    """Return ``did you mean 'max_width'?``, or an empty text if no known name is similar."""
    candidates = {str(choice).lower(): choice for choice in known}
    near = nearest_name(str(name).lower(), candidates, cutoff)
    return "" if near is None else f"did you mean {candidates[near]!r}?"


def nearest_names(name: str, known: Iterable[str], most: int = 3, cutoff: float = 0.6) -> list[str]:
    """Return up to ``most`` similar known names, the most similar first; see `nearest_name`."""
    if len(name) > LONGEST:
        return []
    short = [other for other in known if len(other) <= LONGEST]
    return difflib.get_close_matches(name, short, n=most, cutoff=cutoff)
