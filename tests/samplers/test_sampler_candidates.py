"""Pairs of the entities that a head finds: which are paired, which are related, which label is fed on."""

from dataclasses import replace

import pytest
import torch

from jointre.data.batch import collate
from jointre.data.doc import Doc, Entity, Relation
from jointre.data.labels import Labels
from jointre.data.progress import Progress
from jointre.data.stages import EntityOutput, PairDims, PairFeatures, SpanFeatures
from jointre.relation_heads import BiaffineRelationHead
from jointre.samplers import CandidatePairs
from jointre.samplers.base import make_spans
from jointre.schedules import Constant, Linear
from jointre.testing.toy import toy_encoding

LABELS = Labels(("Person", "Place"), ("leads", "near"))
WORDS = ["Miss", "Ada", "Brenner", "leads", "the", "Graz", "office"]
GOLD = Doc(
    WORDS, [Entity(1, 3, "Person"), Entity(5, 7, "Place")], [Relation(0, 1, "leads"), Relation(0, 1, "near")]
)


def batch_of(*docs, progress=None):
    encodings = [replace(toy_encoding(doc), key=number) for number, doc in enumerate(docs)]
    batch = collate(encodings, 0, LABELS, [(1, 2, number) for number in range(len(docs))])
    return replace(batch, progress=progress or Progress())


def found(batch, *spans, missed=()):
    """What a head returns in training: gold entities first, those of ``missed`` not predicted, then ``spans``."""
    gold = batch.gold
    doc = torch.cat([gold.entity_doc, torch.tensor([s[0] for s in spans], dtype=torch.int64)])
    words = torch.cat(
        [gold.entity_words, torch.tensor([s[1:3] for s in spans], dtype=torch.int64).reshape(-1, 2)]
    )
    predicted = [0 if row in missed else int(label) for row, label in enumerate(gold.entity_label)]
    predicted = torch.tensor(predicted + [s[3] for s in spans], dtype=torch.int64)
    label = torch.nn.functional.pad(gold.entity_label, (0, len(spans)))
    rows = torch.arange(len(gold.entity_doc))
    score = torch.linspace(0.9, 0.5, len(doc))
    return EntityOutput(make_spans(batch, doc, words), SpanFeatures(doc), predicted, score, label, rows)


def as_set(pairs):
    columns = (pairs.head.tolist(), pairs.tail.tolist(), pairs.targets.tolist())
    return {
        (h, t, *(LABELS.relations[k] for k, hot in enumerate(row) if hot))
        for h, t, row in zip(*columns, strict=True)
    }


def sampled(sampler, batch, entities):
    return as_set(sampler.sample(entities, batch, training=True))


@pytest.mark.parametrize(("n", "pairs"), [(0, 0), (1, 0), (2, 2), (3, 6)])
def test_all_ordered_pairs_of_predicted_entities(n, pairs):
    batch = batch_of(Doc(WORDS))
    entities = found(batch, *[(0, i, i + 1, 1) for i in range(n)])
    for training in (True, False):
        assert len(CandidatePairs().sample(entities, batch, training)) == pairs


def test_a_pair_is_related_if_both_entities_are_right():
    batch = batch_of(GOLD)
    entities = found(batch, (0, 3, 4, 1))
    assert sampled(CandidatePairs(), batch, entities) == {
        (0, 1, "leads", "near"),
        (1, 0),
        (0, 2),
        (2, 0),
        (1, 2),
        (2, 1),
    }


def test_relations_of_entities_that_were_not_found_are_left_out():
    batch = batch_of(GOLD)
    entities = found(batch, (0, 3, 4, 1), missed=[1])
    assert sampled(CandidatePairs(), batch, entities) == {(0, 2), (2, 0)}
    assert (0, 1, "leads", "near") in sampled(CandidatePairs("gold"), batch, entities)
    union = sampled(CandidatePairs("union"), batch, entities)
    assert {(0, 1, "leads", "near"), (0, 2), (2, 1)} <= union and len(union) == 6


def test_a_wrong_type_makes_a_negative():
    batch = batch_of(GOLD)
    entities = replace(found(batch), predicted=torch.tensor([2, 2]))
    assert sampled(CandidatePairs(), batch, entities) == {(0, 1), (1, 0)}
    taught = CandidatePairs(teacher=Constant(1.0))
    assert sampled(taught, batch, entities) == {(0, 1, "leads", "near"), (1, 0)}


@pytest.mark.parametrize("match", ["span", "last_word"])
def test_a_wrong_left_boundary(match):
    batch = batch_of(GOLD)
    entities = found(batch, (0, 2, 3, 1), missed=[0])
    related = (2, 1, "leads", "near") in sampled(CandidatePairs(match=match), batch, entities)
    assert related is (match == "last_word")


def test_fed_labels():
    batch = batch_of(GOLD)
    entities = replace(found(batch, (0, 3, 4, 2), missed=[1]), predicted=torch.tensor([2, 0, 2]))
    assert CandidatePairs().fed(entities, batch).tolist() == [2, 2, 2]
    assert CandidatePairs(teacher=Constant(1.0)).fed(entities, batch).tolist() == [1, 2, 2]


def test_the_teacher_draws_a_sentence_and_follows_its_schedule():
    docs = [GOLD] * 400
    for epoch, share in ((0.0, 0.0), (0.25, 0.25), (3.0, 1.0)):
        batch = batch_of(*docs, progress=Progress(0, 8, epoch))
        entities = found(batch)
        wrong = replace(entities, predicted=3 - entities.predicted)
        sampler = CandidatePairs(teacher=Linear())
        fed = sampler.fed(wrong, batch)
        taught = (fed == batch.gold.entity_label).view(-1, 2)
        assert torch.equal(taught[:, 0], taught[:, 1])
        assert float(taught[:, 0].float().mean()) == pytest.approx(share, abs=0.07)
        assert torch.equal(fed, sampler.fed(wrong, batch))


def test_negatives_are_drawn_and_positives_kept():
    batch = batch_of(GOLD, GOLD)
    extra = [(doc, i, i + 1, 1) for doc in (0, 1) for i in (0, 3, 4)]
    entities = found(batch, *extra)
    pairs = CandidatePairs(negatives=3).sample(entities, batch, training=True)
    positive = pairs.targets.any(dim=1)
    assert [int((positive & (pairs.doc == row)).sum()) for row in (0, 1)] == [1, 1]
    assert [int((~positive & (pairs.doc == row)).sum()) for row in (0, 1)] == [3, 3]


def test_prediction_reads_no_gold():
    batch = batch_of(GOLD)
    entities = found(batch, (0, 3, 4, 1), missed=[0])
    bare = replace(entities, gold=None, gold_rows=None)
    for taught in (CandidatePairs(), CandidatePairs("gold", Constant(1.0))):
        pairs = taught.sample(bare, replace(batch, gold=None), training=False)
        assert set(zip(pairs.head.tolist(), pairs.tail.tolist(), strict=True)) == {(1, 2), (2, 1)}
        assert torch.equal(pairs.label, entities.predicted)


@pytest.mark.parametrize("arguments", [{"negatives": -1}, {"max_spans": 1}])
def test_impossible_numbers_are_refused(arguments):
    with pytest.raises(ValueError, match="must be"):
        CandidatePairs(**arguments)


@pytest.mark.parametrize("missed", [(), (0,), (0, 1)])
def test_missed_relations_are_constant_rows_of_the_mean(missed):
    """They are log C each, without gradient; two types on a pair are one row."""
    batch = batch_of(GOLD, GOLD)
    entities = found(batch, (0, 0, 2, 1), missed=missed)
    head = BiaffineRelationHead(hidden=[4], dropout=0.0)
    head.build(PairDims(3), LABELS.relations)
    pairs = CandidatePairs(missed="constant").sample(entities, batch, training=True)
    plain = CandidatePairs().sample(entities, batch, training=True)
    assert plain.missed is None and as_set(plain) == as_set(pairs)
    doc, targets = pairs.missed
    assert doc.tolist() == [0] * bool(missed) and targets.tolist() == [[1.0, 1.0]] * bool(missed)
    none = torch.zeros(len(pairs), dtype=torch.int64)
    features = PairFeatures(torch.ones(1, 3), none, none, [], none)
    terms = [head.term(head(features, len(pairs)), features, one) for one in (pairs, plain)]
    with_rows, without = (
        torch.nn.functional.cross_entropy(t.logits, t.targets, reduction="sum") for t in terms
    )
    constant = len(doc) * torch.tensor(3.0).log()
    torch.testing.assert_close(with_rows, without + constant)
    assert len(terms[0].targets) == len(terms[1].targets) + len(doc)


def test_missed_rows_are_of_both_orders():
    with pytest.raises(ValueError, match="needs order"):
        CandidatePairs(missed="constant", order="text")
