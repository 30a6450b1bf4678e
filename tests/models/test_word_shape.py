"""The shape of words, beside the states of the encoder."""

from dataclasses import replace

import pytest
import torch

from jointre.data.stages import EncoderDims, ViewDims
from jointre.errors import BuildError
from jointre.testing import toy_batch
from jointre.testing.asserts import built
from jointre.testing.sequence import LAYERS, toy_encoded
from jointre.testing.toy import STATES
from jointre.views import IdentityViews, TaskProjection, WordShapeViews
from jointre.views.word_shape import Shape, shape_of

DIMS = EncoderDims(STATES, LAYERS)


@pytest.mark.parametrize(
    ("words", "shape"),
    [
        ("the well-known über 漢字 don't", Shape.LOWER),
        ("The Über Smith's", Shape.TITLE),
        ("NASA U.S. E-ZPASS", Shape.UPPER),
        ("J. A I", Shape.INITIAL),
        ("McDonald iPhone O'Brien IBM's", Shape.MIXED),
        ("12 3.5 1,000 ٣", Shape.NUMBER),
        ("12th B12 F-16s", Shape.LETTERS_AND_DIGITS),
        (", -- ( %", Shape.PUNCTUATION),
    ],
)
def test_shapes(words, shape):
    assert [shape_of(word) for word in words.split()] == [shape] * len(words.split())


@pytest.mark.parametrize("level", ["piece", "word"])
def test_each_unit_has_the_shape_of_its_word(level):
    part, widths = built(WordShapeViews(IdentityViews(level), dim=3, dropout=0.0), lambda m: m.build(DIMS))
    batch = toy_batch(gold=False)
    views = part(toy_encoded(batch), batch)
    below, view = views["encoder"], views["shaped"]
    assert widths["shaped"] == ViewDims(STATES + 3, STATES if level == "word" else None)
    assert view.summary is below.summary and torch.equal(view.mask, below.mask)
    expected = torch.zeros(*below.mask.shape, 3)
    expected[below.mask] = part.shapes.weight[Shape.NO_WORD]
    for row, doc in enumerate(batch.docs):
        for number, word in enumerate(doc.words):
            shape = shape_of(word) + (len(Shape) if number == 0 else 0)
            start, end = batch.word_pieces[row, number].tolist() if level == "piece" else (number, number + 1)
            expected[row, start:end] = part.shapes.weight[shape]
    torch.testing.assert_close(view.states, torch.cat([below.states, expected], dim=2), rtol=0, atol=0)


def test_each_sentence_has_a_first_word():
    part, _ = built(WordShapeViews(dim=3, dropout=0.0), lambda m: m.build(DIMS))
    batch = toy_batch(gold=False)
    row = max(range(len(batch)), key=lambda row: len(batch.docs[row].words))
    docs = list(batch.docs)
    docs[row] = replace(docs[row], sentences=[(0, 1), (1, len(docs[row].words))])
    cut = replace(batch, docs=tuple(docs))
    before, after = (part(toy_encoded(some), some)["shaped"].states for some in (batch, cut))
    changed = (before != after).any(dim=2).nonzero().tolist()
    start, end = batch.word_pieces[row, 1].tolist()
    assert changed == [[row, piece] for piece in range(start, end)]


def test_a_taken_name_is_refused():
    with pytest.raises(BuildError, match="name = 'entity', but a view of that name exists already"):
        WordShapeViews(TaskProjection(["entity"]), "entity").build(DIMS)
    with pytest.raises(ValueError, match="must not be 'encoder'"):
        WordShapeViews(name="encoder")
