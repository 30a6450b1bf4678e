"""The segmenter that lets a model read a whole document at once."""

from jointre.data.doc import Doc
from jointre.data.segments import Extent
from jointre.registry import registry
from jointre.segmenters.base import Segmenter


@registry.segmenters("jointre.documents.v1")
class Documents(Segmenter):
    """Reads the whole document, so that relations may cross sentences.

    An encoder reads a document that is longer than its limit in overlapping windows (``tokenizer.overflow``).
    """

    def extents(self, doc: Doc) -> list[Extent]:
        """See `Segmenter.extents`."""
        size = len(doc.words)
        return [Extent(0, size, 0, size)] if size else []
