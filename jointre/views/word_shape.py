"""The shape of words, such as capitals and digits, beside the encoder's states."""

from enum import IntEnum
from functools import lru_cache

import torch
from torch import Tensor, nn

from jointre.data.batch import Batch
from jointre.data.stages import Encoded, EncoderDims, View, ViewDims
from jointre.errors import BuildError
from jointre.limits import LayerSize, ProperFraction
from jointre.registry import registry
from jointre.views.base import ViewMaker
from jointre.views.wrapper import WrapperViews, name_faults, new_name


class Shape(IntEnum):
    """What the letters and digits of a word look like."""

    NO_WORD = 0
    LOWER = 1
    TITLE = 2
    UPPER = 3
    INITIAL = 4
    MIXED = 5
    NUMBER = 6
    LETTERS_AND_DIGITS = 7
    PUNCTUATION = 8


@registry.views("jointre.word_shape.v1")
class WordShapeViews(WrapperViews):
    """Adds a view: the states of the view ``"encoder"``, each beside an embedding of the shape of its word.

    The shape tells capitals from small letters, which an uncased encoder cannot see, and first words of a sentence,
    which have a capital for another reason, from others. ``"encoder"`` and all other views of ``views`` stay as they
    are, and the new view has the summary of ``"encoder"``. Every piece of a word has the shape of the whole word;
    special pieces, and pieces of the words around a sentence, have none.

    Args:
        views: makes the view ``"encoder"`` that is read; null for the last layer in word pieces.
        name: name of the new view, for ``view = "shaped"`` in components that read it.
        dim: width of the embedding.
        dropout: on the embedding.
    """

    def __init__(
        self,
        views: ViewMaker | None = None,
        name: str = "shaped",
        dim: LayerSize = 25,
        dropout: ProperFraction = 0.1,
    ) -> None:
        super().__init__(views)
        self.name = new_name(name)
        self.dim = dim
        self.dropout = nn.Dropout(dropout)

    def build(self, dims: EncoderDims) -> dict[str, ViewDims]:
        """Make the embeddings: two of each shape, the second one for the first word of a sentence."""
        widths = self.views.build(dims)
        faults = name_faults(self.name, widths)
        if faults:
            raise BuildError("components do not fit", faults)
        self.shapes = nn.Embedding(2 * len(Shape), self.dim)
        own = widths["encoder"]
        return {**widths, self.name: ViewDims(own.states + self.dim, own.summary)}

    def forward(self, encoded: Encoded, batch: Batch) -> dict[str, View]:
        """Return states [B, S, V + dim], those of the encoder first; zeros in padding where the encoder has them."""
        views = self.views(encoded, batch)
        view = views["encoder"]
        shapes = _shapes_of_words(batch)
        if view.level == "piece":
            shapes = _spread(shapes, batch.on_host().word_pieces, view.states.shape[1])
        known = self.dropout(self.shapes(batch.copies.to_device(shapes))) * view.mask.unsqueeze(2)
        states = torch.cat([view.states, known.to(view.states.dtype)], dim=2)
        return {**views, self.name: View(states, view.mask, view.level, view.summary)}


@lru_cache(maxsize=1 << 16)
def shape_of(word: str) -> Shape:
    """Return the shape of a word. Letters without case, as in Chinese, count as small ones."""
    letters = [letter for letter in word if letter.isalpha()]
    digits = any(letter.isdecimal() for letter in word)
    if not letters:
        return Shape.NUMBER if digits else Shape.PUNCTUATION
    if digits:
        return Shape.LETTERS_AND_DIGITS
    capitals = sum(letter.isupper() or letter.istitle() for letter in letters)
    if capitals == 0:
        return Shape.LOWER
    if capitals == len(letters):
        return Shape.INITIAL if capitals == 1 else Shape.UPPER
    return Shape.TITLE if capitals == 1 and not letters[0].islower() else Shape.MIXED


def _shapes_of_words(batch: Batch) -> Tensor:
    """Return [B, W] int64 on the host, rows of the embeddings; 0 beyond the last word."""
    shapes = torch.zeros(batch.word_pieces.shape[:2], dtype=torch.int64)
    for row, doc in enumerate(batch.docs):
        of_words = [int(shape_of(word)) for word in doc.words]
        for first, _ in doc.sentences or [(0, len(doc.words))]:
            of_words[first] += len(Shape)
        shapes[row, : len(of_words)] = torch.tensor(of_words)
    return shapes


def _spread(shapes: Tensor, word_pieces: Tensor, n_pieces: int) -> Tensor:
    """Return [B, T] int64: for each piece the entry of its word in ``shapes`` [B, W]; 0 for pieces of no word."""
    start, end = word_pieces.unbind(2)
    piece = torch.arange(n_pieces).expand(len(shapes), -1)
    ordered = torch.where(end > start, start, n_pieces)  # padding comes after all words
    word = (torch.searchsorted(ordered, piece.contiguous(), right=True) - 1).clamp(min=0)
    inside = (piece >= start.gather(1, word)) & (piece < end.gather(1, word))
    return shapes.gather(1, word) * inside
