"""Tokenizer: the contract of everything that turns words into word pieces."""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from pathlib import Path

from jointre.data.doc import Doc
from jointre.data.encoding import Encoding
from jointre.encoders.base import Source
from jointre.limits import Limited


class Tokenizer(Limited, ABC):
    """Word pieces of documents. What does not fit is never cut in silence.

    ``mask_id`` is the piece that stands for what is hidden; None if the vocabulary has none.
    """

    pad_id: int
    mask_id: int | None = None

    @abstractmethod
    def build(self, source: Source) -> int:
        """Load the vocabulary; returns its size."""

    @abstractmethod
    def encode(self, docs: Sequence[Doc], max_length: int | None = None) -> list[Encoding]:
        """Tokenise documents.

        Args:
            docs: the documents; each has at least one word.
            max_length: most pieces the encoder takes, special tokens included.

        Returns:
            One Encoding a document, in order. One with more than ``max_length`` pieces has ``windows`` of at most
            ``max_length`` pieces each, the special ones counted (`jointre.data.windows.lay_out`). Documents that an
            overflow policy skips are left out: ``key`` tells which.
        """

    @abstractmethod
    def save(self, folder: Path) -> None:
        """Write the tokenizer's files to ``folder``."""
