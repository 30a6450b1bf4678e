"""One colour per type: a type has the same colour in every document, run and output."""

import zlib
from collections.abc import Iterable


class Palette:
    """Numbers of colours for types.

    A type gets the colour that its name hashes to, or the next free one. Types share colours only if there are more
    types than colours.

    Args:
        size: number of colours.
        types: types that choose first, in this order.
    """

    def __init__(self, size: int, types: Iterable[str] = ()) -> None:
        self.size = size
        self._chosen: dict[str, int] = {}
        for label in types:
            self.number(label)

    def number(self, label: str) -> int:
        """Return the colour of a type, 0 to ``size`` - 1."""
        if label not in self._chosen:
            self._chosen[label] = self._free(zlib.crc32(label.encode()) % self.size)
        return self._chosen[label]

    def _free(self, wanted: int) -> int:
        taken = set(self._chosen.values())
        candidates = ((wanted + step) % self.size for step in range(self.size))
        return next((number for number in candidates if number not in taken), wanted)
