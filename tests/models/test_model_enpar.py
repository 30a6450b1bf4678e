"""ENPAR's model learns toy documents by heart, and its parts go with those of other models."""

from dataclasses import replace

import pytest
import torch
from built_in_configs import built_over, over_encoder, parts_of_config, single

from jointre.data.labels import Labels
from jointre.data.progress import Progress
from jointre.predict import Predictor
from jointre.testing import check_model, toy_batch, toy_docs, toy_labels

FLAT = [single(toy_docs()[number]) for number in (1, 2, 5, 8)]
LABELS = toy_labels()
POOLERS = """
[model.entity_head.extractor.pooler]
filters = 8
hidden = 16

[model.pair_extractor.context.pooler]
filters = 8
hidden = 12
"""
SMALL = POOLERS + "\n[model.relation_head]\nhidden = 24\n"
SPANS = """
[model.entity_head]
@entity_heads = "jointre.span_classifier.v1"

[model.entity_head.sampler]
@samplers = "jointre.all_spans.v1"
max_width = 4
"""
BIAFFINE = """
[model.relation_head]
@relation_heads = "jointre.biaffine.v1"
hidden = [24, 16]
activation = "softmax"
"""
ENDPOINTS = """
[model.pair_extractor]
@pair_extractors = "jointre.endpoint_pairs.v1"
label_dim = 8
"""
GOLD_PAIRS = '[model.pair_sampler]\n@samplers = "jointre.entity_pairs.v1"\n'
PIECES = '[model.views]\nlevel = "piece"\n'
CNN = """
[model.entity_head.extractor.pooler]
@poolers = "jointre.cnn.v1"
filters = 8

[model.pair_extractor.pooler]
@poolers = "jointre.cnn.v1"
filters = 8
hidden = 16

[model.pair_extractor.context.pooler]
@poolers = "jointre.cnn.v1"
filters = 8
empty = "bias"
"""
PREDICTED = """
[model.entity_head.teacher]
@schedules = "jointre.constant.v1"
value = 0.0

[model.pair_sampler.teacher]
@schedules = "jointre.constant.v1"
value = 0.0
"""
MAXIMUM = """
[model.entity_head.extractor.pooler]
@poolers = "jointre.max.v1"

[model.pair_extractor.context.pooler]
@poolers = "jointre.max.v1"
"""
CROSSED = {
    "its own": [SMALL],
    "predicted candidates": [SMALL, PREDICTED],
    "both orders": [SMALL, '[model.pair_sampler]\norder = "both"\n'],
    "maximum": [MAXIMUM],
    "pieces": [SMALL, PIECES],
    "SpERT's spans": [SMALL, SPANS],
    "SpERT's pairs": [SMALL, GOLD_PAIRS],
    "biaffine head": [POOLERS, BIAFFINE],
    "words and labels": [SMALL, ENDPOINTS],
}


def made(folder, *overlays):
    return parts_of_config(over_encoder(folder, "enpar/conll04", *overlays))


def built(folder, *overlays):
    return built_over(over_encoder(folder, "enpar/conll04", *overlays))


@pytest.mark.parametrize("name", CROSSED)
def test_learns_toy_documents_by_heart(encoder_folder, name):
    model, tokenizer = made(encoder_folder, *CROSSED[name])
    check_model(model, tokenizer=tokenizer, docs=FLAT)


def test_a_cnn_in_sinet(encoder_folder):
    config = over_encoder(encoder_folder, "sinet/conll04", CNN)
    model, tokenizer = parts_of_config(config)
    check_model(model, tokenizer=tokenizer, config=config)


def test_a_corpus_without_relation_types(encoder_folder):
    model, tokenizer = made(encoder_folder, SMALL)
    check_model(model, Labels(LABELS.entities), tokenizer, [replace(doc, relations=[]) for doc in FLAT])


def test_the_entity_encoder_of_types_and_of_pairs_is_one(encoder_folder):
    """The entity CNN and its layer serve types and pairs; three contexts share one CNN."""
    model, _ = built(encoder_folder)
    sizes = {
        "entity_head.extractor.pooler.block.dense.weight": (192, 300),
        "pair_extractor.context.pooler.block.dense.weight": (128, 300),
        "relation_head.block.dense.weight": (256, 768),
        "entity_head.classifier.weight": (5, 16),
        "entity_head.types.weight": (len(LABELS.entities) + 1, 192),
        "relation_head.classifier.weight": (2 * len(LABELS.relations), 256),  # one is symmetric; and none
    }
    found = {name: tuple(p.shape) for name, p in model.named_parameters()}
    assert {name: found[name] for name in sizes} == sizes
    kernels = [name for name in found if "convolutions" in name and name.endswith("weight")]
    assert len(kernels) == 6


def test_relation_loss_reaches_the_encoder_and_both_cnns_but_no_classifier_of_entities(encoder_folder):
    model, tokenizer = built(encoder_folder, SMALL)
    term = model.train()(toy_batch(FLAT, tokenizer=tokenizer))["relation"]
    torch.nn.functional.cross_entropy(term.logits, term.targets).backward()
    grads = {name: p.grad is not None and bool(p.grad.any()) for name, p in model.named_parameters()}
    assert not any(
        grads[name] for name in grads if name.startswith(("entity_head.types", "entity_head.class"))
    )
    assert grads["entity_head.extractor.pooler.convolutions.0.weight"]
    assert grads["pair_extractor.context.pooler.convolutions.0.weight"]
    assert grads["encoder.network.encoder.layer.0.output.dense.weight"]


def test_without_a_predicted_entity_related_pairs_are_trained_on_still(encoder_folder):
    model, tokenizer = built(encoder_folder, SMALL)
    with torch.no_grad():
        model.entity_head.types.bias[0] += 50
    late = replace(toy_batch(FLAT, tokenizer=tokenizer), progress=Progress(epoch=500.0))
    term = model.train()(late)["relation"]
    assert len(term.logits) == sum(len(doc.relations) for doc in FLAT) and (term.targets > 0).all()
    none = replace(
        toy_batch([replace(d, relations=[]) for d in FLAT], tokenizer=tokenizer), progress=late.progress
    )
    term = model(none)["relation"]
    assert len(term.logits) == 0 and term.logits.requires_grad


def test_a_pair_gets_one_relation_at_most_whatever_its_direction(encoder_folder):
    model, tokenizer = built(encoder_folder, SMALL)
    with torch.no_grad():
        model.relation_head.classifier.bias[0] -= 5
    given = [doc for doc in toy_docs() if len(doc.entities) > 1]
    both = set()
    for doc in Predictor(model, tokenizer, given=True)(given):
        pairs = [frozenset((r.head, r.tail)) for r in doc.relations]
        n = len(doc.entities)
        assert len(pairs) == len(set(pairs)) == n * (n - 1) // 2
        both |= {r.head < r.tail for r in doc.relations}
    assert both == {True, False}
