"""Segmenter: the contract of everything that decides what a model reads at once."""

from abc import ABC, abstractmethod
from collections.abc import Iterable, Sequence

from jointre.attribution import broken_contract
from jointre.data.doc import Doc
from jointre.data.segments import Extent, cut, divide
from jointre.limits import Limited


class Segmenter(Limited, ABC):
    """Decides which part of a document a model reads at once, for training, evaluation and prediction alike.

    Entities and relations are found within one segment. The result depends on the words and sentences alone.
    """

    @abstractmethod
    def extents(self, doc: Doc) -> Sequence[Extent]:
        """Return the segments of a document: all of its words, each once and in order.

        Each segment may have words on both sides that are read with it; nothing is predicted in them.
        """

    def segments(self, doc: Doc) -> list[Doc]:
        """Return the segments as documents, each with the annotation that lies within it.

        Raises:
            ContractError: `extents` leaves out words, or has one twice.
        """
        extents, size = self.extents(doc), len(doc.words)
        read = all(0 <= left <= start and end <= right <= size for start, end, left, right in extents)
        if not read or not divide([(extent.start, extent.end) for extent in extents], size):
            found = [tuple(extent) for extent in extents]
            raise broken_contract(
                type(self), f"extents returned {found} for {size} words, not each word once"
            )
        return cut(doc, extents)


def segments_of(docs: Iterable[Doc], segmenter: Segmenter) -> tuple[list[Doc], list[int]]:
    """Return the segments of several documents, and the row of the document that each belongs to.

    A document without words is its own segment.
    """
    parts, owner = list[Doc](), list[int]()
    for row, doc in enumerate(docs):
        found = segmenter.segments(doc)
        parts += found
        owner += [row] * len(found)
    return parts, owner
