"""Span and pair features, contexts and heads against SpERT's formulas written out."""

import pytest
import torch

from jointre.context_encoders.localized import FullContext, LocalizedContext
from jointre.data.stages import PairDims, PairFeatures, Pairs, SpanDims, Spans, View, ViewDims
from jointre.entity_heads.span_classifier import SpanClassifier
from jointre.errors import BuildError
from jointre.pair_extractors.span_pairs import SpanPairs
from jointre.poolers.reduce import FirstPooler, LastPooler, MaxPooler, MeanPooler, SumPooler
from jointre.relation_heads.linear import LinearRelationHead
from jointre.samplers.spans import AllSpans
from jointre.span_extractors.pooled import PooledSpanExtractor
from jointre.testing import toy_batch, toy_labels, toy_views
from jointre.testing.asserts import built
from jointre.testing.pairs import SPANS, toy_pair_features, toy_pairs
from jointre.testing.toy import toy_view_dims

POOLERS = {
    MaxPooler: lambda cut: cut.max(dim=0).values,
    SumPooler: lambda cut: cut.sum(dim=0),
    MeanPooler: lambda cut: cut.mean(dim=0),
    FirstPooler: lambda cut: cut[0],
    LastPooler: lambda cut: cut[-1],
}


def two_spans(first, second):
    words = torch.tensor([first, second])
    return Spans(torch.zeros(2, dtype=torch.int64), words, words + 1)


@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
@pytest.mark.parametrize("level", ["word", "piece"])
@pytest.mark.parametrize(
    ("first", "second", "context"),
    [
        ((3, 5), (8, 9), (5, 8)),
        ((3, 5), (6, 9), (5, 6)),
        ((3, 5), (5, 7), None),
        ((3, 7), (4, 5), None),
        ((3, 6), (5, 8), None),
    ],
)
def test_check_values_of_the_localized_context(first, second, context, order, level):
    spans = two_spans(first, second)
    zero = torch.zeros(1, dtype=torch.int64)
    pairs = Pairs(zero, zero + order[0], zero + order[1], torch.ones(2, dtype=torch.int64))
    view = View(torch.randn(1, 12, 4), torch.ones(1, 12, dtype=torch.bool), level)
    [ranges] = LocalizedContext(MaxPooler()).ranges(view, spans, pairs, toy_batch())
    ((start, end),) = ranges.tolist()
    shift = level == "piece"
    assert ((start - shift, end - shift) if end > start else None) == context


@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
def test_the_context_is_the_maximum_strictly_between_and_zeros_if_nothing_is(order):
    part = LocalizedContext(MaxPooler())
    part.build({"encoder": ViewDims(4)})
    states = -torch.rand(1, 12, 4)
    views = {"encoder": View(states, torch.ones(1, 12, dtype=torch.bool), "word")}
    zero = torch.zeros(1, dtype=torch.int64)
    pairs = Pairs(zero, zero + order[0], zero + order[1], torch.ones(2, dtype=torch.int64))
    apart = part(views, two_spans((3, 5), (8, 9)), pairs, toy_batch())
    assert torch.equal(apart[0], states[0, 5:8].max(dim=0).values)
    assert not part(views, two_spans((3, 5), (5, 7)), pairs, toy_batch()).any()


@pytest.mark.parametrize("level", ["word", "piece"])
def test_the_full_context_is_the_maximum_over_the_words_without_special_tokens(level):
    batch = toy_batch(gold=False)
    view = toy_views(batch, level)["encoder"]
    part = FullContext(MaxPooler())
    part.build(toy_view_dims())
    doc = torch.arange(len(batch))
    result = part({"encoder": view}, None, Pairs(doc, doc, doc, doc), batch)
    for row, n_words in enumerate(batch.n_words.tolist()):
        pieces = batch.word_pieces[row, :n_words]
        start, end = (0, n_words) if level == "word" else (int(pieces.min()), int(pieces.max()))
        assert torch.equal(result[row], view.states[row, start:end].max(dim=0).values)


def test_a_context_of_the_document_is_computed_once_for_all_its_pairs():
    batch = toy_batch(gold=False)
    extractor, _ = built(
        SpanPairs(FullContext(MaxPooler())), lambda e: e.build(toy_view_dims(), SPANS, toy_labels())
    )
    entities, pairs = toy_pairs(batch)
    features = extractor(toy_views(batch), entities, pairs, batch)
    [(context, row)] = features.contexts
    assert len(context) == len(batch) < len(pairs)
    assert torch.equal(row, pairs.doc)


@pytest.mark.parametrize("pooler", list(POOLERS))
def test_a_spans_entity_score_is_the_formula(pooler):
    """softmax(A [CLS; pooled; width] + a), pooled over the span's pieces, width counted in words."""
    head, _ = built(
        SpanClassifier(AllSpans(4), PooledSpanExtractor(pooler(), 3)),
        lambda h: h.build(toy_view_dims(), toy_labels()),
    )
    batch = toy_batch(gold=False)
    views = toy_views(batch)
    output = head(views, batch)
    view = views["encoder"]
    table = head.extractor.widths.weight
    for row in range(0, len(output.spans), 7):
        doc = output.spans.doc[row]
        (start, end), (first, last) = output.spans.pieces[row], output.spans.words[row]
        pooled = POOLERS[pooler](view.states[doc, start:end])
        vector = torch.cat([view.summary[doc], pooled, table[last - first]])
        scores = (head.classifier.weight @ vector + head.classifier.bias).softmax(dim=0)
        assert output.predicted[row] == scores.argmax()
        torch.testing.assert_close(output.score[row], scores.max(), rtol=1e-4, atol=1e-5)


def test_spans_wider_than_the_table_share_its_last_row():
    part, _ = built(PooledSpanExtractor(MaxPooler(), 3, width_rows=5), lambda e: e.build(toy_view_dims()))
    batch = toy_batch(gold=False)
    words = torch.tensor([[0, 4], [0, 5], [0, 9], [0, 3]])
    spans = Spans(torch.zeros(4, dtype=torch.int64), words, words + 1)
    width = part(toy_views(batch), spans).width
    assert torch.equal(width[0], width[1]) and torch.equal(width[0], width[2])
    assert not torch.equal(width[0], width[3])


def test_a_pairs_relation_scores_are_the_formula():
    """sigmoid(C [context; head; tail] + k)."""
    head, _ = built(LinearRelationHead(), lambda h: h.build(PairDims(5, 3), "abcd"))
    features = toy_pair_features(18)
    output = head(features, 18)
    for row in range(18):
        sides = features.side[features.head[row]], features.side[features.tail[row]]
        vector = torch.cat([*(rows[index[row]] for rows, index in features.contexts), *sides])
        expected = torch.sigmoid(head.classifier.weight @ vector + head.classifier.bias)
        torch.testing.assert_close(output.probs[row], expected, rtol=1e-4, atol=1e-5)


def test_dropout_draws_a_mask_a_pair():
    head, _ = built(LinearRelationHead(dropout=0.5), lambda h: h.build(PairDims(8), "abcd"))
    zero = torch.zeros(6, dtype=torch.int64)
    same = PairFeatures(torch.ones(1, 8), zero, zero, (), torch.arange(6))
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        logits = head.train()(same, 6).logits
    assert len(logits.unique(dim=0)) > 3
    assert len(head.eval()(same, 6).logits.unique(dim=0)) == 1


def test_pairs_with_the_same_words_between_them_share_one_context_row():
    part, _ = built(
        SpanPairs(LocalizedContext(MaxPooler())),
        lambda e: e.build(toy_view_dims(), SpanDims(6, 3, 5), toy_labels()),
    )
    batch = toy_batch(gold=False)
    entities, pairs = toy_pairs(batch)
    features = part(toy_views(batch), entities, pairs, batch)
    [between] = part.context.ranges(toy_views(batch)["encoder"], entities.spans, pairs, batch)
    between[between[:, 0] >= between[:, 1]] = 0
    [(context, context_row)] = features.contexts
    assert len(context) == len(torch.cat([pairs.doc.unsqueeze(1), between], 1).unique(dim=0))
    assert len(features.side) == len(torch.cat([pairs.head, pairs.tail]).unique())
    row = {(int(h), int(t)): int(r) for h, t, r in zip(pairs.head, pairs.tail, context_row, strict=True)}
    assert all(row[t, h] == r for (h, t), r in row.items())


def test_the_sides_are_the_entity_heads_own_tensors():
    """SpERT shares g(s) and w(s) between both heads."""
    part, dims = built(SpanPairs(), lambda e: e.build(toy_view_dims(), SpanDims(6, 3, 5), toy_labels()))
    batch = toy_batch(gold=False)
    entities, pairs = toy_pairs(batch)
    features = part(toy_views(batch), entities, pairs, batch)
    expected = torch.cat([entities.features.pooled, entities.features.width], dim=1)[pairs.head]
    assert dims == PairDims(9, None)
    assert torch.equal(features.side[features.head], expected)


@pytest.mark.parametrize(
    ("build", "message"),
    [
        (lambda: SpanPairs().build({}, SpanDims(None, 3), toy_labels()), "no pooled spans"),
        (lambda: SpanPairs().build({}, SpanDims(6, None), toy_labels()), "no width embedding"),
        (lambda: PooledSpanExtractor(MaxPooler()).build({"encoder": ViewDims(4)}), "has no sentence vector"),
    ],
)
def test_what_does_not_fit_is_refused(build, message):
    with pytest.raises(BuildError, match=message):
        build()


@pytest.mark.parametrize("threshold", [-0.1, 1.1])
def test_a_threshold_that_is_no_probability_is_refused(threshold):
    with pytest.raises(ValueError, match="threshold must be 0 to 1"):
        LinearRelationHead(threshold)
