"""Relations between entities that are given: what the model itself would find has no part in it."""

from dataclasses import replace

import pytest
import torch

from jointre.evaluate import evaluate
from jointre.metrics.entities import EntityMetric
from jointre.metrics.relations import StrictMetric
from jointre.predict import Predictor
from jointre.testing import toy_docs


def test_given_entities_come_back_as_they_are(talkative):
    model, tokenizer = talkative(max_width=2)
    docs = toy_docs()
    for doc, found in zip(docs, Predictor(model, tokenizer, given=True)(docs), strict=True):
        ours, gold = ({(e.start, e.end, e.label) for e in d.entities} for d in (found, doc))
        assert ours == gold
        assert all(entity.score == 1.0 for entity in found.entities)


def test_entity_predictions_do_not_influence_relation_scores(talkative):
    model, tokenizer = talkative(max_width=2)
    docs = [doc for doc in toy_docs() if len(doc.entities) > 1]

    def relations():
        return [doc.relations for doc in Predictor(model, tokenizer, given=True)(docs)]

    before = relations()
    assert any(before)
    with torch.no_grad():
        model.entity_head.classifier.weight.normal_()
        model.entity_head.classifier.bias.normal_()
    assert relations() == before


def test_gold_relations_are_never_read(talkative):
    model, tokenizer = talkative(max_width=2)
    docs = toy_docs()
    bare = [replace(doc, relations=[]) for doc in docs]
    predictor = Predictor(model, tokenizer, given=True)
    assert [d.relations for d in predictor(docs)] == [d.relations for d in predictor(bare)]


@pytest.mark.parametrize("given", [True, False])
def test_the_protocol_says_so(talkative, given):
    model, tokenizer = talkative(max_width=2)
    metrics = {"strict": StrictMetric(), "entities": EntityMetric()}
    evaluate(Predictor(model, tokenizer, given=given), toy_docs()[:4], metrics)
    for metric in metrics.values():
        assert metric.protocol.endswith("; gold entities") is given
        assert metric.to_json()["protocol"] == metric.protocol
    assert (metrics["entities"].compute()["entities_micro_f"] == 1.0) is given
