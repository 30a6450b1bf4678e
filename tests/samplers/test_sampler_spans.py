"""jointre.all_spans.v1: SpERT's candidate spans."""

from collections import Counter

import numpy as np
import pytest
import torch

from jointre.data.doc import Doc, Entity
from jointre.data.labels import Labels
from jointre.samplers.spans import AllSpans
from jointre.testing import toy_batch, toy_docs

LABELS = Labels(("X", "Y"))


def plain(n, *entities):
    """A document of ``n`` words with entities X."""
    return Doc([f"w{i}" for i in range(n)], [Entity(start, end, "X") for start, end in entities])


def rows(spans, doc=0):
    """The word ranges of a document."""
    return [tuple(words) for words in spans.words[spans.doc == doc].tolist()]


@pytest.mark.parametrize(("n", "width"), [(1, 10), (3, 10), (10, 10), (25, 10), (7, 1), (7, 3)])
def test_prediction_lists_every_span_narrow_ones_first(n, width):
    spans = AllSpans(width).sample(toy_batch([plain(n)], gold=False), training=False)
    assert rows(spans) == [(s, s + w) for w in range(1, min(width, n) + 1) for s in range(n + 1 - w)]


@pytest.mark.parametrize(("n", "width"), [(10, 10), (25, 10), (118, 10), (7, 3)])
def test_number_of_candidates(n, width):
    """S = nW - W(W-1)/2 for n >= W."""
    spans = AllSpans(width).sample(toy_batch([plain(n)], gold=False), training=False)
    assert len(spans) == n * width - width * (width - 1) // 2


def test_documents_of_a_batch_are_enumerated_each_on_its_own():
    lengths = (4, 1, 12)
    spans = AllSpans(3).sample(toy_batch([plain(n) for n in lengths], gold=False), training=False)
    assert spans.doc.tolist() == sorted(spans.doc.tolist())
    for row, n in enumerate(lengths):
        alone = AllSpans(3).sample(toy_batch([plain(n)], gold=False), training=False)
        assert rows(spans, row) == rows(alone)


def test_pieces_are_those_of_the_words():
    batch = toy_batch()
    spans = AllSpans(4).sample(batch, training=False)
    for doc, (start, end), pieces in zip(spans.doc, spans.words, spans.pieces.tolist(), strict=True):
        words = batch.word_pieces[doc]
        assert pieces == [int(words[start, 0]), int(words[end - 1, 1])]


def test_training_begins_with_all_gold_whatever_its_width():
    batch = toy_batch()
    spans = AllSpans(2, 3).sample(batch, training=True)
    n_gold = sum(len(doc.entities) for doc in batch.docs)
    assert torch.equal(spans.words[:n_gold], batch.gold.entity_words)
    assert torch.equal(spans.doc[:n_gold], batch.gold.entity_doc)
    assert (spans.words[:n_gold, 1] - spans.words[:n_gold, 0]).max() == 12


@pytest.mark.parametrize("entities", [[], [(0, 1)], [(0, 1), (2, 4)], [(0, 6)], [(0, 1), (0, 1)]])
@pytest.mark.parametrize("negatives", [0, 1, 5, 100])
def test_negatives_are_as_many_as_there_can_be_and_never_gold(entities, negatives):
    doc = plain(6, *entities)
    pool = {(s, s + w) for w in (1, 2, 3) for s in range(7 - w)} - set(entities)
    drawn = [
        tuple(row) for row in AllSpans(3, negatives).negative_spans(doc, np.random.default_rng(1)).tolist()
    ]
    assert len(drawn) == len(set(drawn)) == min(len(pool), negatives)
    assert set(drawn) <= pool


def test_a_document_of_gold_only_has_no_negatives():
    spans = AllSpans(10, 100).sample(toy_batch([plain(1, (0, 1))], LABELS), training=True)
    assert rows(spans) == [(0, 1)]


def test_every_negative_is_equally_likely():
    """Chi-square over 13 spans, 4 of them drawn 3,000 times; 99.99 % of fair draws stay below 39."""
    doc, sampler = plain(6, (1, 2), (2, 5)), AllSpans(3, 4)
    counts = Counter(
        tuple(row)
        for seed in range(3000)
        for row in sampler.negative_spans(doc, np.random.default_rng((seed, 0, 7))).tolist()
    )
    expected = 3000 * 4 / 13
    assert len(counts) == 13
    # without replacement the counts vary less than multinomial ones: by 1 - 4/13
    assert sum((n - expected) ** 2 / expected for n in counts.values()) / (1 - 4 / 13) < 39


def test_draws_repeat_under_a_seed_and_differ_by_epoch_and_document():
    def draw(seed, epoch):
        batch = toy_batch(toy_docs(), seed=seed, epoch=epoch)
        return AllSpans(10, 5).sample(batch, training=True)

    first = draw(0, 0)
    assert torch.equal(first.words, draw(0, 0).words)
    assert not torch.equal(first.words, draw(0, 1).words)
    assert not torch.equal(first.words, draw(1, 0).words)
    twins = toy_batch([plain(20), Doc([f"v{i}" for i in range(20)])], LABELS)
    spans = AllSpans(10, 5).sample(twins, training=True)
    assert rows(spans, 0) != rows(spans, 1)


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ((0, 5), "max_width must be 1 or more, not 0$"),
        ((3, -1), "negatives must be 0 or more, not -1$"),
        ((0, -1), "max_width must be 1 or more, not 0; negatives must be 0 or more, not -1"),
    ],
)
def test_impossible_numbers_are_refused(arguments, sentence):
    with pytest.raises(ValueError, match=sentence):
        AllSpans(*arguments)
