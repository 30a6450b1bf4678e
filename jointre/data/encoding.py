"""Encoding (one tokenised document) and the layout of its windows."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from jointre.data.doc import Doc


@dataclass(frozen=True)
class Layout:
    """The windows of one document.

    Args:
        ranges: [V, 2] int64 pieces of each window in positions of the document, exclusive ends; special pieces
            are not counted. Starts and ends both increase.
        window: [C] int64 the window that each of the C pieces of the words takes its state from.
    """

    ranges: np.ndarray
    window: np.ndarray


@dataclass(frozen=True)
class Encoding:
    """A tokenised document, or a segment of one.

    Args:
        doc: the document.
        ids: word-piece ids with special tokens.
        words: [W, 2] int64 piece range of each word, exclusive ends; counts special tokens.
        key: number of the document in its corpus; seeds its samplers.
        windows: where its windows lie, or None if the encoder takes it whole. ``ids`` and ``words`` are those of
            the whole document either way.
        around: number of pieces of other words of the document that are read before and after those of ``words``; none
            with windows.
    """

    doc: Doc
    ids: Sequence[int]
    words: np.ndarray
    key: int = 0
    windows: Layout | None = None
    around: tuple[int, int] = (0, 0)

    @property
    def head(self) -> int:
        """The number of special pieces before those of all words."""
        return int(self.words[0, 0]) - self.around[0]

    @property
    def sequences(self) -> tuple[int, int]:
        """The number of sequences that the encoder reads, and the pieces of the longest one with special tokens."""
        if self.windows is None:
            return 1, len(self.ids)
        special = len(self.ids) - len(self.windows.window)
        widths = self.windows.ranges[:, 1] - self.windows.ranges[:, 0]
        return len(widths), special + int(widths.max())
