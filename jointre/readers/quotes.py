"""Compare the quotations in an annotation with the text at their offsets."""

from collections.abc import Callable, Sequence
from functools import cached_property
from itertools import accumulate

SHOWN = 60  # characters of a quotation in a message
SHORT = 40  # units whose text is compared at once, without counting characters first


class Quotes:
    """Compares quotations with a text, apart from blanks, in time linear in the length of text and quotations.

    Args:
        units: the words of the text, or its characters.
        surface: returns the text from one unit to another.
    """

    def __init__(self, units: Sequence[str], surface: Callable[[int, int], str]) -> None:
        self.units = units
        self.surface = surface

    def agree(self, start: int, end: int, quoted: str) -> bool:
        """Return whether ``[start, end)`` of the units equals the quotation."""
        if end - start <= SHORT:
            return self.surface(start, end).split() == quoted.split()
        first, last = (self._sizes[min(place, len(self.units))] for place in (start, end))
        return last - first == _size(quoted) and self.surface(start, end).split() == quoted.split()

    @cached_property
    def _sizes(self) -> list[int]:
        """The number of visible characters before each unit; if it differs, no text has to be sliced."""
        return list(accumulate(map(_size, self.units), initial=0))


def of_words(words: Sequence[str]) -> Quotes:
    """Compare quotations with the words of a sentence."""
    return Quotes(words, lambda start, end: " ".join(words[start:end]))


def of_characters(text: str) -> Quotes:
    """Compare quotations with a text."""
    return Quotes(text, lambda start, end: text[start:end])


def shown(text: str) -> str:
    """Return a text in quotation marks for a message, shortened if it is long."""
    return repr(text if len(text) <= SHOWN else f"{text[:SHOWN]}...")


def _size(text: str) -> int:
    return sum(map(len, text.split()))
