"""Splitter: the contract of everything that splits raw text into words and sentences."""

from abc import ABC, abstractmethod

from jointre.data.raw_text import Offsets
from jointre.limits import Limited


class Splitter(Limited, ABC):
    """Splits raw text into words and sentences, for training, evaluation and prediction alike.

    Offsets are characters ``(start, end)``, ends exclusive. They are in order, do not overlap, and are never empty.
    Each non-blank character is in exactly one word and in exactly one sentence. The result depends on the text alone.

    Attributes:
        split_records: whether the texts of an annotated corpus are split into sentences, as every other text is. False
            reads each of them as one sentence.
    """

    split_records: bool = True

    @abstractmethod
    def words(self, text: str) -> Offsets:
        """Return the words of a text."""

    @abstractmethod
    def sentences(self, text: str) -> Offsets:
        """Return the sentences of a text, without blanks at their ends."""
