"""ENPAR's contexts: what stands before a pair, between its spans, and after it."""

import pytest
import torch

from jointre.context_encoders import LeftMiddleRightContext
from jointre.data.stages import PairDims, PairFeatures, Pairs
from jointre.poolers import CNNPooler
from jointre.poolers.base import Pooler
from jointre.relation_heads import LinearRelationHead
from jointre.samplers.base import make_spans
from jointre.testing import toy_batch, toy_docs, toy_views
from jointre.testing.asserts import built
from jointre.testing.pairs import toy_pair_features, toy_pairs
from jointre.testing.toy import toy_view_dims

LONG = toy_docs()[10]
N = len(LONG.words)


class Recorder(Pooler):
    """Gives the ranges themselves, empty ones as (0, 0), and counts what it is asked for."""

    def build(self, width):
        self.asked = 0
        return 2

    def forward(self, view, doc, ranges):
        self.asked += len(ranges)
        return ranges.masked_fill((ranges[:, :1] >= ranges[:, 1:]), 0)


def pairs_of(batch, *extents):
    """Pairs of two spans each, the first of them as head."""
    words = torch.tensor(extents).flatten(0, 1)
    spans = make_spans(batch, torch.zeros(len(words), dtype=torch.int64), words)
    head = torch.arange(0, len(words), 2)
    return spans, Pairs(torch.zeros_like(head), head, head + 1, torch.zeros(len(words)))


@pytest.mark.parametrize(
    ("first", "second", "stretches"),
    [
        ((2, 3), (6, 8), [0, 2, 3, 6, 8, N]),
        ((0, 1), (1, 3), [0, 0, 0, 0, 3, N]),  # adjacent, at the start
        ((4, 6), (N - 1, N), [0, 4, 6, N - 1, 0, 0]),  # at the end
        ((3, 7), (4, 5), [0, 3, 0, 0, 7, N]),  # nested
        ((3, 5), (4, 8), [0, 3, 0, 0, 8, N]),  # crossing
    ],
)
def test_the_stretches_of_a_pair_in_either_order(first, second, stretches):
    batch = toy_batch([LONG])
    part, _ = built(LeftMiddleRightContext(Recorder()), lambda c: c.build(toy_view_dims()))
    spans, pairs = pairs_of(batch, (first, second), (second, first))
    assert part(toy_views(batch, "word"), spans, pairs, batch).tolist() == [stretches, stretches]


def test_special_pieces_belong_to_no_stretch():
    batch = toy_batch([LONG])
    part, _ = built(LeftMiddleRightContext(Recorder()), lambda c: c.build(toy_view_dims()))
    spans, pairs = pairs_of(batch, ((2, 3), (6, 8)))
    [found] = part(toy_views(batch), spans, pairs, batch).tolist()
    assert (found[0], found[-1]) == (1, int(batch.mask.sum()) - 1)


def test_every_stretch_is_pooled_once():
    """Left and right at most one a span; only middles grow with pairs."""
    batch = toy_batch([LONG])
    part, _ = built(LeftMiddleRightContext(Recorder()), lambda c: c.build(toy_view_dims()))
    extents = [(i, i + 1) for i in range(0, N, 2)]
    spans, pairs = pairs_of(batch, *[(a, b) for a in extents for b in extents if a != b])
    columns = part.distinct(toy_views(batch, "word"), spans, pairs, batch)
    n = len(extents)
    assert [len(rows) for rows, _ in columns] == [n - 1, n * (n - 1) // 2, n - 1]
    assert part.pooler.asked == sum(len(rows) for rows, _ in columns)


def test_the_layer_of_a_pair_is_that_of_the_concatenation():
    """h_pair = BL([c_L; h_e1; c_M; h_e2; c_R]), its columns in another order."""
    batch = toy_batch(gold=False)
    context, width = built(
        LeftMiddleRightContext(CNNPooler([3, 2], 4, 6, 0.0)), lambda c: c.build(toy_view_dims())
    )
    entities, pairs = toy_pairs(batch)
    side = torch.randn(len(entities.spans), 5)
    contexts = context.distinct(toy_views(batch), entities.spans, pairs, batch)
    features = PairFeatures(side, pairs.head, pairs.tail, contexts, torch.arange(len(pairs)))
    head, _ = built(
        LinearRelationHead(dropout=0.0, hidden=7), lambda h: h.build(PairDims(5, width), ["a", "b"])
    )
    left, middle, right = context(toy_views(batch), entities.spans, pairs, batch).split(width // 3, dim=1)
    parts = [left, side[pairs.head], middle, side[pairs.tail], right]
    w_left, w_middle, w_right, w_head, w_tail = head.block.dense.weight.split([6, 6, 6, 5, 5], dim=1)
    weight = torch.cat([w_left, w_head, w_middle, w_tail, w_right], dim=1)
    dense = torch.nn.functional.linear(torch.cat(parts, dim=1), weight, head.block.dense.bias)
    torch.testing.assert_close(head.encode(features), head.block.finish(dense))


def test_dropout_of_the_layer_stands_after_it_and_nowhere_else():
    torch.manual_seed(0)
    features, head = toy_pair_features(18), LinearRelationHead(dropout=0.5, hidden=40)
    head.build(PairDims(5, 3), ["a", "b"])
    whole = head.eval().encode(features)
    dropped = head.train().encode(features)
    kept = dropped != 0
    assert 0.3 < float(kept.float().mean()) < 0.7
    torch.testing.assert_close(dropped[kept], 2 * whole[kept])
