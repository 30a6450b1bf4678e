"""The segmenter that lets a model read one sentence or a few at once, perhaps with words around them."""

from typing import Annotated

from jointre.data.doc import Doc
from jointre.data.segments import Extent
from jointre.limits import between
from jointre.registry import registry
from jointre.segmenters.base import Segmenter


@registry.segmenters("jointre.sentences.v1")
class Sentences(Segmenter):
    """Reads sentences; a document whose sentences are not known is one.

    With ``context_words``, the encoder also reads words around a segment, as in PURE (Zhong and Chen 2021). Nothing is
    predicted in them. The tokenizer leaves out those that exceed the encoder's limit.

    Args:
        sentences: number of sentences that are read together.
        context_words: maximum number of words of the document that are read on each side of them.
    """

    def __init__(
        self,
        sentences: Annotated[int, between(1, 10_000)] = 1,
        context_words: Annotated[int, between(0, 10_000)] = 0,
    ) -> None:
        self.sentences = sentences
        self.context_words = context_words

    def extents(self, doc: Doc) -> list[Extent]:
        """See `Segmenter.extents`."""
        size = len(doc.words)
        starts = [start for start, _ in doc.sentences or [(0, size)]][:: self.sentences]
        ends = [*starts[1:], size]
        around = self.context_words
        return [
            Extent(start, end, max(0, start - around), min(size, end + around))
            for start, end in zip(starts, ends, strict=True)
            if start < end
        ]
