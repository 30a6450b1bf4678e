"""One colour a type: the same type has the same colour in every document, run and output."""

import zlib
from collections.abc import Iterable


class Palette:
    """Numbers of colours for types.

    A type asks for the colour that its name hashes to and takes the next free one if another type holds it.
    Colours are shared only when there are more types than colours.

    Args:
        size: how many colours there are.
        types: types that choose first, in this order.
    """

    def __init__(self, size: int, types: Iterable[str] = ()) -> None:
        self.size = size
        self._chosen: dict[str, int] = {}
        for label in types:
            self.number(label)

    def number(self, label: str) -> int:
        """The colour of a type, 0 to ``size`` - 1."""
        if label not in self._chosen:
            self._chosen[label] = self._free(zlib.crc32(label.encode()) % self.size)
        return self._chosen[label]

    def _free(self, wanted: int) -> int:
        taken = set(self._chosen.values())
        candidates = ((wanted + step) % self.size for step in range(self.size))
        return next((number for number in candidates if number not in taken), wanted)
