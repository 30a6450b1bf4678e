"""Tokenizer: the contract of everything that turns words into word pieces."""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from pathlib import Path

from jointre.data.doc import Doc
from jointre.data.encoding import Encoding
from jointre.encoders.base import Source
from jointre.errors import BuildError, Fault
from jointre.limits import Limited


class Tokenizer(Limited, ABC):
    """Splits documents into word pieces. Text that does not fit is never cut silently.

    ``mask_id`` is the piece id of the mask; None if the vocabulary has none.
    """

    pad_id: int
    mask_id: int | None = None

    @abstractmethod
    def build(self, source: Source) -> int:
        """Load the vocabulary; return its size."""

    @abstractmethod
    def encode(self, docs: Sequence[Doc], max_length: int | None = None) -> list[Encoding]:
        """Tokenise documents.

        Args:
            docs: the documents; each has at least one word. The words around a segment (`jointre.data.segments.around`)
                are encoded with it, if they fit.
            max_length: maximum number of pieces that the encoder accepts, special tokens included; None for no limit.

        Returns:
            One Encoding per document, in order. An encoding with more than ``max_length`` pieces has ``windows`` of at
            most ``max_length`` pieces each, special pieces included (`jointre.data.windows.lay_out`). Documents that an
            overflow policy skips are left out; ``key`` is the position of a document in ``docs``.
        """

    def extra(self, names: Sequence[str]) -> list[int]:
        """Return the ids of pieces that no text contains, for markers: one for each of ``names``.

        Unused pieces of the vocabulary are taken before new ones are added. A name always has the same piece, also
        after the tokenizer was saved, if the same names are requested in the same order. Call it after ``build``.

        Raises:
            BuildError: the tokenizer can provide none.
        """
        what = f"{type(self).__name__} cannot provide pieces for markers"
        raise BuildError("components do not fit", [Fault(what, remedy="use jointre.hf.v1")])

    @abstractmethod
    def save(self, folder: Path) -> None:
        """Write the tokenizer's files to ``folder``."""
