"""Segmenters: the parts of a document that a model reads at once."""

from jointre.segmenters.base import Segmenter, segments_of
from jointre.segmenters.documents import Documents
from jointre.segmenters.sentences import Sentences

SENTENCES = Sentences()
"""What a model reads at once by default."""

__all__ = ["SENTENCES", "Documents", "Segmenter", "Sentences", "segments_of"]
