"""``jointre.span_pairs.v2``: types, order and distance next to the features of ``jointre.span_pairs.v1``."""

from dataclasses import replace

import pytest
import torch

from jointre.context_encoders.localized import LocalizedContext
from jointre.data.stages import EntityOutput, Pairs, SpanFeatures, Spans
from jointre.nn.columns import side_by_side
from jointre.pair_extractors import SpanPairs, TypedSpanPairs
from jointre.poolers.reduce import MaxPooler
from jointre.testing import toy_batch, toy_labels, toy_views
from jointre.testing.asserts import built
from jointre.testing.pairs import SPANS, toy_pairs
from jointre.testing.toy import toy_view_dims

NONE = dict.fromkeys(("label_dim", "pair_dim", "order_dim", "distance_dim"), 0)


def made(**options):
    part = TypedSpanPairs(LocalizedContext(MaxPooler()), **{**NONE, **options})
    return built(part, lambda e: e.build(toy_view_dims(), SPANS, toy_labels()))


def of(part, label=None):
    """Features of all pairs of the toy batch, perhaps with other labels."""
    batch = toy_batch()
    entities, pairs = toy_pairs(batch)
    pairs = pairs if label is None else replace(pairs, label=label)
    return part(toy_views(batch), entities, pairs, batch), pairs, entities


def test_without_embeddings_it_is_version_1():
    plain, dims = built(
        SpanPairs(LocalizedContext(MaxPooler())), lambda e: e.build(toy_view_dims(), SPANS, toy_labels())
    )
    part, same = made()
    assert same == dims and not list(part.parameters())
    expected, found = of(plain)[0], of(part)[0]
    assert torch.equal(side_by_side(found.columns()), side_by_side(expected.columns()))


def test_types_are_those_of_the_pairs_not_those_that_were_predicted():
    part, dims = made(label_dim=3, pair_dim=2)
    predicted = of(part)[2].predicted
    label = (predicted + 1) % 4
    features, pairs, _ = of(part, label)
    heads, tails = label[pairs.head], label[pairs.tail]
    assert torch.equal(features.side[features.head][:, -3:], part.labels.weight[heads])
    assert torch.equal(features.side[features.tail][:, -3:], part.labels.weight[tails])
    rows, index = features.contexts[-1]
    assert torch.equal(rows[index], part.label_pairs.weight.view(4, 4, 2)[heads, tails])
    assert (dims.side, dims.context) == (
        SPANS.pooled + SPANS.width + 3,
        toy_view_dims()["encoder"].states + 2,
    )


def test_no_row_is_made_for_a_pair():
    part, _ = made(label_dim=3, pair_dim=2, order_dim=2, distance_dim=2)
    features, pairs, entities = of(part)
    sizes = [len(rows) for rows, _ in features.contexts]
    assert sizes[-3:] == [16, 3, 10] and max(sizes) < len(pairs)
    assert len(features.side) <= len(entities.spans)


def pair_of(first, second):
    """The two ordered pairs of two spans, which are as wide as given."""
    words = torch.tensor([first, second])
    doc = torch.zeros(2, dtype=torch.int64)
    spans = Spans(doc, words, words)
    features = SpanFeatures(doc, torch.zeros(2, SPANS.pooled), torch.zeros(2, SPANS.width))
    ones = torch.ones(2, dtype=torch.int64)
    entities = EntityOutput(spans, features, ones, ones.float())
    return entities, Pairs(doc, torch.tensor([0, 1]), torch.tensor([1, 0]), ones)


@pytest.mark.parametrize(
    ("first", "second", "orders", "bucket"),
    [
        ((0, 1), (1, 2), [0, 1], 0),
        ((0, 2), (3, 4), [0, 1], 1),
        ((5, 6), (0, 1), [1, 0], 4),
        ((0, 1), (6, 9), [0, 1], 5),
        ((0, 1), (8, 9), [0, 1], 5),
        ((0, 1), (9, 10), [0, 1], 6),
        ((0, 1), (64, 65), [0, 1], 8),
        ((0, 1), (65, 66), [0, 1], 9),
        ((0, 1), (900, 901), [0, 1], 9),
        ((0, 4), (1, 2), [2, 2], 0),
        ((0, 3), (2, 5), [2, 2], 0),
        ((2, 5), (2, 5), [2, 2], 0),
    ],
)
def test_check_values_of_order_and_distance(first, second, orders, bucket):
    part = TypedSpanPairs(**{**NONE, "order_dim": 2, "distance_dim": 2})
    part, _ = built(part, lambda e: e.build(toy_view_dims(), SPANS, toy_labels()))
    entities, pairs = pair_of(first, second)
    (_, order), (_, distance) = part(toy_views(toy_batch()), entities, pairs, toy_batch()).contexts
    assert order.tolist() == orders and distance.tolist() == [bucket, bucket]


def test_a_negative_size_is_refused():
    with pytest.raises(ValueError, match="pair_dim must be 0 to 65536, not -1"):
        TypedSpanPairs(pair_dim=-1)
