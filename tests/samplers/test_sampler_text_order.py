"""Pairs in the order of the text, and ENPAR's pairs of training."""

from dataclasses import replace

import pytest
import torch
from test_sampler_candidates import WORDS, found

from jointre.data.batch import collate
from jointre.data.doc import Doc, Entity, Relation
from jointre.data.labels import Labels
from jointre.data.relation_classes import RelationClasses
from jointre.data.stages import SpanDims
from jointre.relation_heads import LinearRelationHead
from jointre.samplers import CandidatePairs
from jointre.samplers.ordered import OrderedPairs
from jointre.schedules import Constant
from jointre.testing import toy_batch, toy_labels
from jointre.testing.toy import toy_encoding, toy_entities

LABELS = Labels(("Person", "Place"), ("leads", "near"), frozenset({"near"}))
CLASSES = RelationClasses(LABELS, "text")
ENTITIES = [Entity(5, 7, "Place"), Entity(0, 1, "Person"), Entity(3, 4, "Person")]
ENPAR = {"candidates": "scheduled", "match": "extent", "order": "text", "related": True}


def batch_of(*relations, entities=ENTITIES):
    doc = Doc(WORDS, list(entities), [Relation(*relation) for relation in relations])
    return collate([toy_encoding(doc)], 0, LABELS, [(1, 2, 3)])


def sampled(sampler, batch, entities):
    """Of each pair its spans, and the names of its targets."""
    pairs = sampler.sample(entities, batch, training=True)
    words = list(map(tuple, entities.spans.words.tolist()))
    rows = zip(pairs.head.tolist(), pairs.tail.tolist(), pairs.targets.tolist(), strict=True)
    targets = {
        (words[h], words[t]): [CLASSES.names[k] for k, hot in enumerate(row) if hot] for h, t, row in rows
    }
    assert len(targets) == len(pairs)
    return targets


def test_types_have_two_directions_and_symmetric_ones_one():
    assert CLASSES.names == ("leads@>", "leads@<", "near") and len(CLASSES) == 3
    assert RelationClasses(LABELS).names == LABELS.relations


@pytest.mark.parametrize("order", ["both", "text"])
@pytest.mark.parametrize("label", ["leads", "near"])
@pytest.mark.parametrize(("head", "tail"), [(1, 2), (2, 1)])
def test_direction_round_trip(order, label, head, tail):
    """What is encoded is decoded, arguments and all."""
    batch = batch_of((head, tail, label))
    entities = found(batch)
    pairs = CandidatePairs(order=order).sample(entities, batch, training=True)
    row, column = torch.nonzero(pairs.targets, as_tuple=True)
    classes = RelationClasses(LABELS, order)
    ends = classes.directed(pairs.head[row], pairs.tail[row], column)
    decoded = [(h, t, LABELS.relations[k]) for h, t, k in zip(*(e.tolist() for e in ends), strict=True)]
    expected = (head, tail) if (order, label) != ("text", "near") else (1, 2)
    assert decoded == [(*expected, label)]


def test_two_entities_are_paired_once_the_earlier_one_first():
    batch = batch_of((0, 1, "leads"), (1, 2, "leads"))
    assert sampled(CandidatePairs(order="text"), batch, found(batch)) == {
        ((0, 1), (5, 7)): ["leads@<"],
        ((0, 1), (3, 4)): ["leads@>"],
        ((3, 4), (5, 7)): [],
    }


@pytest.mark.parametrize("n", [0, 1, 2, 3, 4, 5, 8, 9])
def test_every_pair_once_whatever_their_number(n):
    doc = Doc([f"w{i}" for i in range(10)])
    batch = toy_batch([doc, doc], gold=False)
    entities = toy_entities(batch, SpanDims())
    rows = torch.nonzero(entities.spans.words[:, 1] <= n).squeeze(1)
    pairs = OrderedPairs(entities, rows, 2, "text").whole()
    own = [[row for row in rows.tolist() if entities.spans.doc[row] == doc] for doc in (0, 1)]
    key = {row: tuple(entities.spans.words[row].tolist()) for row in rows.tolist()}
    expected = {(a, b) for some in own for a in some for b in some if key[a] < key[b]}
    drawn = list(zip(pairs.head.tolist(), pairs.tail.tolist(), strict=True))
    assert set(drawn) == expected and len(drawn) == len(expected)


def test_related_gold_pairs_are_added_to_predicted_entities():
    batch = batch_of((0, 1, "leads"))
    entities = found(batch, (0, 1, 2, 1), missed=[1])
    plain = sampled(CandidatePairs(order="text", match="extent"), batch, entities)
    assert plain == {((1, 2), (3, 4)): [], ((1, 2), (5, 7)): [], ((3, 4), (5, 7)): []}
    assert sampled(CandidatePairs(**ENPAR), batch, entities) == {**plain, ((0, 1), (5, 7)): ["leads@<"]}


def test_a_taught_sentence_pairs_its_gold_entities():
    batch = batch_of((0, 1, "leads"))
    entities = found(batch, (0, 1, 2, 1), missed=[1])
    taught = sampled(CandidatePairs(**ENPAR, teacher=Constant(1.0)), batch, entities)
    assert taught == {((0, 1), (3, 4)): [], ((0, 1), (5, 7)): ["leads@<"], ((3, 4), (5, 7)): []}


def test_types_of_entities_do_not_matter_to_a_match_by_extent():
    batch = batch_of((1, 2, "leads"))
    entities = replace(found(batch), predicted=torch.tensor([2, 2, 2]))
    assert sampled(CandidatePairs(**ENPAR), batch, entities)[(0, 1), (3, 4)] == ["leads@>"]
    assert sampled(CandidatePairs(order="text"), batch, entities)[(0, 1), (3, 4)] == []


def test_two_types_on_one_extent_are_one_entity_to_a_match_by_extent():
    twice = [*ENTITIES, Entity(0, 1, "Place")]
    batch = batch_of((3, 2, "leads"), entities=twice)
    pairs = CandidatePairs(**ENPAR).sample(found(batch), batch, training=True)
    ends = zip(pairs.head.tolist(), pairs.tail.tolist(), strict=True)
    targets = dict(zip(ends, pairs.targets.tolist(), strict=True))
    assert targets[1, 2] == targets[3, 2] == [1.0, 0.0, 0.0]


def test_a_second_direction_of_a_pair_is_out_of_reach_in_text_order(spert):
    doc = Doc(WORDS, ENTITIES, [Relation(1, 2, "leads"), Relation(2, 1, "leads"), Relation(0, 1, "leads")])
    head = LinearRelationHead(activation="softmax")
    model = spert(pair_sampler=CandidatePairs(order="text"), relation_head=head)
    assert model.unreachable(doc).relations == [None, "a second type on one pair", None]
    model = spert(pair_sampler=CandidatePairs(), relation_head=head)
    assert model.unreachable(doc).relations == [None, None, None]


def test_the_columns_are_those_of_the_labels():
    classes = RelationClasses(toy_labels(), "text")
    for place, (relation, swapped) in enumerate(classes.columns):
        assert classes.column(relation, swapped) == place


@pytest.mark.parametrize("size", [1, 2, 7, 12])
def test_parts_hold_both_orders_of_a_pair(size):
    """They share a context. One pair at a time cannot."""
    entities = toy_entities(toy_batch(), SpanDims())
    rows = torch.nonzero(entities.predicted).squeeze(1)
    pairs = OrderedPairs(entities, rows, len(toy_batch()))
    parts = [list(zip(part.head.tolist(), part.tail.tolist(), strict=True)) for part in pairs.chunks(size)]
    whole = pairs.whole()
    assert len(whole) > 12 and max(map(len, parts)) <= size
    every = sorted(pair for part in parts for pair in part)
    assert every == sorted(zip(whole.head.tolist(), whole.tail.tolist(), strict=True))
    assert size == 1 or all((tail, head) in part for part in parts for head, tail in part)
