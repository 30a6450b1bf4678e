"""Giorgi et al.'s model learns toy documents by heart, and its parts go with those of other models."""

from dataclasses import replace

import pytest
import torch
from built_in_configs import built_over, over_encoder, parts_of_config, single

from jointre.data.labels import Labels
from jointre.predict import Predictor
from jointre.testing import check_model, toy_batch, toy_docs, toy_labels

FLAT = [toy_docs()[number] for number in (1, 2, 5, 8)]
LABELS = toy_labels()
SMALL = "[model.relation_head]\nhidden = [24, 16]\ndropout = 0.0\n\n[model.pair_extractor]\nlabel_dim = 8\n"
SPANS = """
[model.views]
level = "piece"

[model.context]
@context_encoders = "jointre.cls.v1"

[model.entity_head]
@entity_heads = "jointre.span_classifier.v1"

[model.entity_head.sampler]
@samplers = "jointre.all_spans.v1"
max_width = 4

[model.entity_head.extractor]
@span_extractors = "jointre.pooled.v1"

[model.entity_head.extractor.pooler]
@poolers = "jointre.max.v1"
"""
SPAN_PAIRS = """
[model.pair_extractor]
@pair_extractors = "jointre.span_pairs.v1"

[model.pair_extractor.context]
@context_encoders = "jointre.localized.v1"

[model.pair_extractor.context.pooler]
@poolers = "jointre.max.v1"
"""
SINET = """
[model.views]
@views = "jointre.task_projection.v1"

[model.views.views]
@views = "jointre.identity.v1"
level = "word"

[model.context]
@context_encoders = "jointre.cross_task_attention.v1"

[model.entity_head]
view = "entity"

[model.pair_extractor]
view = "relation"
summary = true
"""
UNION = '[model.pair_sampler]\ncandidates = "union"\n'
GOLD_PAIRS = '[model.pair_sampler]\n@samplers = "jointre.entity_pairs.v1"\n'
CROSSED = {
    "its own": [SMALL],
    "union": [SMALL, UNION],
    "crf": [SMALL, '[model.entity_head]\ncrf = true\ndecode = "viterbi"\n'],
    "no networks": [SMALL, "[model.relation_head]\nhidden = []\n"],
    "SpERT's spans": [SMALL, SPANS, UNION],
    "SpERT's spans, pairs and biaffine head": [SMALL, SPANS, SPAN_PAIRS, GOLD_PAIRS],
    "SINET's views": [SMALL, SINET],
    "gold pairs": [SMALL, GOLD_PAIRS],
}


def made(folder, *overlays):
    return parts_of_config(over_encoder(folder, "giorgi/conll04", *overlays))


def built(folder, *overlays):
    return built_over(over_encoder(folder, "giorgi/conll04", *overlays))


@pytest.mark.parametrize("name", CROSSED)
def test_learns_toy_documents_by_heart(encoder_folder, name):
    model, tokenizer = made(encoder_folder, *CROSSED[name])
    check_model(model, tokenizer=tokenizer, docs=[single(doc) for doc in FLAT])


def test_without_a_single_candidate_the_tagger_learns(encoder_folder):
    """No pairs give a finite loss and gradients for the tags."""
    model, tokenizer = built(encoder_folder, SMALL)
    with torch.no_grad():
        model.entity_head.classifier.bias[0] += 50
    terms = model.train()(toy_batch(FLAT, tokenizer=tokenizer))
    assert terms["relation"].logits.shape == (0, len(LABELS.relations) + 1)
    assert terms["relation"].targets.shape == (0,)
    torch.nn.functional.cross_entropy(terms["entity"].logits, terms["entity"].targets).backward()
    assert model.entity_head.classifier.weight.grad.any()


def test_relation_loss_reaches_the_encoder_but_not_the_tags(encoder_folder):
    """Argmax blocks the gradient."""
    model, tokenizer = built(encoder_folder, SMALL, UNION)
    term = model.train()(toy_batch(FLAT, tokenizer=tokenizer))["relation"]
    torch.nn.functional.cross_entropy(term.logits, term.targets).backward()
    grads = {name: p.grad is not None and bool(p.grad.any()) for name, p in model.named_parameters()}
    assert not any(grads[name] for name in grads if name.startswith("entity_head."))
    assert all(grads[name] for name in ("pair_extractor.labels.weight", "relation_head.weight"))
    assert grads["encoder.network.encoder.layer.0.output.dense.weight"]


def test_a_pair_gets_one_type_at_most(encoder_folder):
    model, tokenizer = built(encoder_folder, SMALL)
    with torch.no_grad():
        model.relation_head.linear.bias[0] -= 5
        for name in LABELS.symmetric:
            model.relation_head.linear.bias[1 + LABELS.relations.index(name)] -= 5
    given = [doc for doc in toy_docs() if len(doc.entities) > 1]
    for doc in Predictor(model, tokenizer, given=True)(given):
        pairs = [(relation.head, relation.tail) for relation in doc.relations]
        assert pairs and len(pairs) == len(set(pairs))


def test_a_second_type_on_a_pair_is_out_of_reach(encoder_folder):
    model, _ = made(encoder_folder)
    twice = next(
        doc for doc in toy_docs() if len({(r.head, r.tail) for r in doc.relations}) < len(doc.relations)
    )
    reasons = model.unreachable(twice).relations
    assert reasons.count("a second type on one pair") == 1


def test_a_corpus_without_relation_types(encoder_folder):
    model, tokenizer = made(encoder_folder, SMALL)
    check_model(model, Labels(LABELS.entities), tokenizer, [replace(doc, relations=[]) for doc in FLAT])
