"""Weak negatives of jointre.entity_pairs.v1: pairs of any candidate spans (SpERT, Section 4.2)."""

import numpy as np
import pytest
import torch

from jointre.data.stages import SpanDims
from jointre.samplers.negatives import unrelated_pairs
from jointre.samplers.pairs import EntityPairs
from jointre.testing import toy_batch, toy_docs
from jointre.testing.toy import toy_entities

SPANS = [(0, 1), (2, 4), (2, 3), (0, 1), (5, 6)]
RELATED = {((0, 1), (2, 4)), ((9, 10), (0, 1))}
POOL = {
    (h, t)
    for h in range(5)
    for t in range(5)
    if h != t and {h, t} != {0, 3} and (h, t) not in ((0, 1), (3, 1))
}


@pytest.mark.parametrize("most", [0, 1, 7, 16, 100])
def test_as_many_as_there_can_be_none_twice_none_related_none_of_one_extent(most):
    for seed in range(20):
        drawn = list(map(tuple, unrelated_pairs(SPANS, RELATED, most, np.random.default_rng(seed)).tolist()))
        assert len(drawn) == len(set(drawn)) == min(most, len(POOL))
        assert set(drawn) <= POOL


@pytest.mark.parametrize("spans", [[], [(0, 1)], [(0, 1), (0, 1)]])
def test_without_two_extents_there_are_none(spans):
    assert unrelated_pairs(spans, set(), 10, np.random.default_rng(0)).shape == (0, 2)


def test_every_pair_is_equally_likely():
    """Chi-square over 16 pairs, 4 of them drawn 2,000 times; 99.99 % of fair draws stay below 45."""
    counts = dict.fromkeys(POOL, 0)
    for seed in range(2000):
        for pair in unrelated_pairs(SPANS, RELATED, 4, np.random.default_rng(seed)).tolist():
            counts[tuple(pair)] += 1
    assert len(POOL) == 16
    assert sum((n - 500) ** 2 / 500 for n in counts.values()) / (1 - 4 / 16) < 45


def drawn(seed=0, epoch=0, **options):
    batch = toy_batch(toy_docs(), seed=seed, epoch=epoch)
    entities = toy_entities(batch, SpanDims())
    return (
        batch,
        entities,
        EntityPairs(negative_pairs="spans", **options).sample(entities, batch, training=True),
    )


def test_positives_are_those_of_strong_sampling_and_negatives_are_of_any_span():
    batch, entities, weak = drawn()
    strong = EntityPairs().sample(entities, batch, training=True)
    for name in ("doc", "head", "tail", "targets"):
        kept = [getattr(pairs, name)[pairs.targets.any(1)] for pairs in (weak, strong)]
        assert torch.equal(*kept)
    negative = ~weak.targets.any(1)
    assert int(negative[weak.doc == 10].sum()) == 100
    n_gold = len(batch.gold.entity_doc)
    assert (weak.head[negative] >= n_gold).any() and (weak.head[negative] < n_gold).any()
    assert torch.equal(entities.spans.doc[weak.head], weak.doc)
    assert torch.equal(entities.spans.doc[weak.tail], weak.doc)


def test_no_negative_is_a_gold_relation():
    batch, entities, weak = drawn(negatives=5000)
    words, gold = entities.spans.words, batch.gold
    related = {
        (*words[head].tolist(), *words[tail].tolist(), int(gold.entity_doc[head]))
        for head, tail in zip(gold.relation_head, gold.relation_tail, strict=True)
    }
    rows = torch.nonzero(~weak.targets.any(1)).squeeze(1)
    ends = torch.cat([words[weak.head[rows]], words[weak.tail[rows]], weak.doc[rows].unsqueeze(1)], dim=1)
    assert not related & set(map(tuple, ends.tolist()))


def test_the_reverse_of_a_symmetric_relation_is_left_out_where_that_is_asked_for():
    for reverse, expected in ((True, True), (False, False)):
        _, entities, weak = drawn(negatives=5000, symmetric_reverse_negative=reverse)
        words = entities.spans.words
        own = weak.doc == 2  # "Clara knows David ."
        found = torch.cat([words[weak.head[own]], words[weak.tail[own]]], dim=1).tolist()
        assert ([2, 3, 0, 1] in found) == expected


def test_draws_repeat_under_a_seed_and_differ_by_epoch():
    assert torch.equal(drawn()[2].head, drawn()[2].head)
    assert not torch.equal(drawn(negatives=9)[2].head, drawn(negatives=9, epoch=1)[2].head)


@pytest.mark.parametrize("most", [1, 0, -3])
def test_a_cap_that_leaves_no_pair_is_refused(most):
    with pytest.raises(ValueError, match="max_spans must be 2 or more"):
        EntityPairs(max_spans=most)
