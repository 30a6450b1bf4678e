"""jointre.entity_pairs.v1: SpERT's pairs, with values computed by hand."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from jointre.data.doc import Doc, Entity, Relation
from jointre.data.stages import EntityOutput, SpanDims, SpanFeatures, Spans
from jointre.samplers.pairs import EntityPairs, predicted_pairs
from jointre.testing import toy_batch, toy_docs, toy_labels
from jointre.testing.toy import toy_entities

SYMMETRIC = frozenset({"B"})
FOUR = [Entity(2 * i, 2 * i + 1, "X") for i in range(4)]
CHECK = Doc(["w"] * 8, FOUR, [Relation(0, 1, "A"), Relation(0, 1, "C"), Relation(0, 3, "B")])
ALL_PAIRS = {(h, t) for h in range(4) for t in range(4) if h != t}


def draw(sampler, doc, seed=0):
    """Positive samples with their types, and the set of negatives."""
    samples = sampler.draw(doc, SYMMETRIC, np.random.default_rng(seed))
    return [s for s in samples if s[2]], [(h, t) for h, t, types in samples if not types]


def test_check_value_of_the_published_code():
    positive, negative = draw(EntityPairs(100), CHECK)
    assert positive == [(0, 1, ("A", "C")), (0, 3, ("B",))]
    assert len(negative) == 10
    assert set(negative) == ALL_PAIRS - {(0, 1), (0, 3)}


def test_check_value_of_the_papers_commit():
    sampler = EntityPairs(100, symmetric_reverse_negative=False, merge_multi_label=False)
    positive, negative = draw(sampler, CHECK)
    assert positive == [(0, 1, ("A",)), (0, 1, ("C",)), (0, 3, ("B",))]
    assert len(negative) == 9
    assert set(negative) == ALL_PAIRS - {(0, 1), (0, 3), (3, 0)}


def test_the_reverse_of_a_directed_relation_is_a_negative_either_way():
    for reverse in (True, False):
        _, negative = draw(EntityPairs(100, symmetric_reverse_negative=reverse), CHECK)
        assert (1, 0) in negative


def test_equal_extents_are_never_paired_and_never_contradict():
    """Two types on one span: a pair with the same extents as a related one is no negative."""
    twice = Doc(["w"] * 4, [Entity(0, 1, "X"), Entity(2, 3, "X"), Entity(2, 3, "Y")], [Relation(0, 1, "A")])
    _, negative = draw(EntityPairs(100), twice)
    assert set(negative) == {(1, 0), (2, 0)}


@pytest.mark.parametrize("negatives", [0, 1, 4, 100])
def test_as_many_negatives_as_there_can_be(negatives):
    _, negative = draw(EntityPairs(negatives), CHECK)
    assert len(negative) == len(set(negative)) == min(negatives, 10)


def test_every_negative_is_equally_likely():
    """Chi-square over 10 pairs, 3 of them drawn 2,000 times; 99.99 % of fair draws stay below 34."""
    counts = dict.fromkeys(ALL_PAIRS - {(0, 1), (0, 3)}, 0)
    for seed in range(2000):
        for pair in draw(EntityPairs(3), CHECK, seed)[1]:
            counts[pair] += 1
    assert sum((n - 600) ** 2 / 600 for n in counts.values()) / (1 - 3 / 10) < 34


def test_targets_are_the_gold_relations_and_nothing_else():
    batch = toy_batch()
    entities = toy_entities(batch, SpanDims())
    pairs = EntityPairs(100).sample(entities, batch, training=True)
    found = set()
    for row, column in torch.nonzero(pairs.targets).tolist():
        head, tail = int(pairs.head[row]), int(pairs.tail[row])
        found.add((head, tail, column))
    gold = batch.gold
    columns = (gold.relation_head, gold.relation_tail, gold.relation_label)
    assert found == set(zip(*(column.tolist() for column in columns), strict=True))
    assert pairs.targets.shape[1] == len(toy_labels().relations)
    multi = pairs.targets.sum(1).max()
    assert multi == 2


def test_rows_point_to_the_gold_rows_wherever_they_stand():
    """A head may put gold anywhere among its candidates."""
    batch = toy_batch()
    entities = toy_entities(batch, SpanDims())
    order = torch.arange(len(entities.spans)).flip(0)
    turned = EntityOutput(
        entities.spans[order],
        entities.features,
        entities.predicted[order],
        entities.score[order],
        entities.gold[order],
        len(order) - 1 - entities.gold_rows,
    )
    first, second = (EntityPairs().sample(e, batch, training=True) for e in (entities, turned))
    assert torch.equal(entities.spans.words[first.head], turned.spans.words[second.head])
    assert torch.equal(entities.spans.words[first.tail], turned.spans.words[second.tail])
    assert torch.equal(first.label[first.head], second.label[second.head])


def test_draws_repeat_under_a_seed_and_differ_by_epoch():
    def sample(epoch):
        batch = toy_batch([toy_docs()[10]], epoch=epoch)
        return EntityPairs(5).sample(toy_entities(batch, SpanDims()), batch, training=True)

    assert torch.equal(sample(0).head, sample(0).head)
    assert not torch.equal(sample(0).head, sample(1).head)


@given(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 2)), max_size=14))
def test_prediction_pairs_every_two_entities_of_a_document_in_candidate_order(candidates):
    table = torch.tensor(candidates, dtype=torch.int64).reshape(-1, 2)
    doc, predicted = table.unbind(1)
    nowhere = torch.zeros(len(doc), 2, dtype=torch.int64)
    entities = EntityOutput(Spans(doc, nowhere, nowhere), SpanFeatures(doc), predicted, torch.ones(len(doc)))
    pairs = predicted_pairs(entities, n_docs=5)
    expected = [
        (d, h, t)
        for d in range(5)
        for h, (head_doc, head_class) in enumerate(candidates)
        for t, (tail_doc, tail_class) in enumerate(candidates)
        if head_doc == tail_doc == d and head_class and tail_class and h != t
    ]
    assert list(zip(pairs.doc.tolist(), pairs.head.tolist(), pairs.tail.tolist(), strict=True)) == expected
    assert pairs.targets is None
    assert torch.equal(pairs.label, predicted)


def test_a_negative_number_is_refused():
    with pytest.raises(ValueError, match="negatives must be 0 or more"):
        EntityPairs(-1)
