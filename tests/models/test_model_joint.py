"""jointre.joint.v1: prediction does not depend on batches, chunks or gold; odd corpora work."""

from dataclasses import replace

import pytest
import torch
from torch import nn

from jointre.config import load_config, resolve
from jointre.context_encoders.localized import LocalizedContext
from jointre.data.doc import Doc
from jointre.data.labels import Labels
from jointre.encoders.base import Source
from jointre.errors import BuildError
from jointre.models import joint
from jointre.pair_extractors.span_pairs import SpanPairs
from jointre.poolers.reduce import MaxPooler
from jointre.predict import Predictor
from jointre.relation_heads.base import RelationHead
from jointre.relation_heads.decision import Decision
from jointre.serialize import load_model, save_model
from jointre.testing import toy_batch, toy_docs, toy_labels
from jointre.testing.overfit import loss_of
from jointre.views.identity import IdentityViews

SCORE = 1e-5


@pytest.fixture(scope="module")
def model_and_tokenizer(talkative):
    return talkative(max_width=3, threshold=0.8)


@pytest.fixture(scope="module")
def alone(model_and_tokenizer):
    """Every toy document predicted by itself."""
    model, tokenizer = model_and_tokenizer
    found = [model.predict(toy_batch([doc], tokenizer=tokenizer))[0] for doc in toy_docs()]
    assert sum(len(doc.entities) for doc in found) > 50, "the random model finds too little to compare"
    assert sum(len(doc.relations) for doc in found) > 100, "the random model finds too little to compare"
    return found


def expect_same(found, expected):
    """The same documents, scores up to rounding."""
    for left, right in zip(found, expected, strict=True):
        assert plain(left) == plain(right), left.id
        for one, other in zip(left.entities + left.relations, right.entities + right.relations, strict=True):
            assert one.score == pytest.approx(other.score, abs=SCORE)


def plain(doc):
    """A document without scores."""
    entities = [replace(e, score=None) for e in doc.entities]
    return doc.id, doc.words, entities, [replace(r, score=None) for r in doc.relations]


def test_a_document_is_predicted_alike_alone_and_among_others(model_and_tokenizer, alone):
    model, tokenizer = model_and_tokenizer
    expect_same(model.predict(toy_batch(tokenizer=tokenizer)), alone)


def test_the_order_of_the_batch_does_not_matter(model_and_tokenizer, alone):
    model, tokenizer = model_and_tokenizer
    expect_same(model.predict(toy_batch(toy_docs()[::-1], tokenizer=tokenizer)), alone[::-1])


@pytest.mark.parametrize("batch_pieces", [1, 60, 100_000])
def test_the_predictor_gives_the_order_it_was_given(model_and_tokenizer, alone, batch_pieces):
    model, tokenizer = model_and_tokenizer
    expect_same(list(Predictor(model, tokenizer, batch_pieces)(toy_docs())), alone)


def test_gold_is_never_read(model_and_tokenizer):
    model, tokenizer = model_and_tokenizer
    with_gold = model.predict(toy_batch(tokenizer=tokenizer))
    assert with_gold == model.predict(toy_batch(tokenizer=tokenizer, gold=False))


@pytest.mark.parametrize("max_pairs", [1, 7, 100])
def test_the_size_of_a_chunk_never_changes_a_result(model_and_tokenizer, alone, max_pairs):
    model, tokenizer = model_and_tokenizer
    docs = [toy_docs()[i] for i in (2, 7, 11, 6)]
    kept, model.max_pairs = model.max_pairs, max_pairs
    try:
        expect_same(model.predict(toy_batch(docs, tokenizer=tokenizer)), [alone[i] for i in (2, 7, 11, 6)])
    finally:
        model.max_pairs = kept


def test_many_types_are_scored_for_fewer_pairs_at_once(model_and_tokenizer, alone, monkeypatch):
    model, tokenizer = model_and_tokenizer
    head, sizes = model.relation_head, []
    forward = head.forward
    monkeypatch.setattr(head, "forward", lambda features, n: sizes.append(n) or forward(features, n))
    monkeypatch.setattr(joint, "SCORES", 41 * len(model.classes))
    expect_same(model.predict(toy_batch([toy_docs()[2]], tokenizer=tokenizer)), [alone[2]])
    assert max(sizes) in (40, 41) and len(sizes) > 1


def test_no_chunk_is_larger_than_allowed(model_and_tokenizer, monkeypatch):
    model, tokenizer = model_and_tokenizer
    sizes = []
    head = model.relation_head
    forward = head.forward
    monkeypatch.setattr(head, "forward", lambda features, n: sizes.append(n) or forward(features, n))
    monkeypatch.setattr(model, "max_pairs", 50)
    model.predict(toy_batch([toy_docs()[0]], tokenizer=tokenizer))
    assert len(sizes) > 1 and set(sizes[:-1]) == {50} and 0 < sizes[-1] <= 50


class FixedScores(RelationHead):
    """Gives every pair the same probabilities, one a type."""

    def __init__(self, scores, threshold):
        super().__init__()
        self.scores = scores
        self.decision = Decision(threshold=threshold)

    def build(self, pairs, types):
        self.spare = nn.Parameter(torch.zeros(()))

    def encode(self, features):
        raise NotImplementedError

    def forward(self, features, n_pairs):
        return self.decision.output(torch.tensor(self.scores).logit().expand(n_pairs, -1))


def test_a_type_holds_at_the_threshold_and_not_below(talkative):
    """Check value: 0.40 is kept, 0.39999 is dropped."""
    model, tokenizer = talkative(max_width=2, relation_head=FixedScores([0.4, 0.0, 0.39999, 0.5], 0.4))
    (doc,) = model.predict(toy_batch([toy_docs()[2]], tokenizer=tokenizer))
    n = len(doc.entities)
    assert n > 1
    assert {r.label for r in doc.relations} == {"based_in", "works_for"}
    assert len(doc.relations) == 2 * n * (n - 1)


def test_a_symmetric_type_comes_in_one_direction(talkative):
    model, tokenizer = talkative(max_width=2, relation_head=FixedScores([0.0, 0.9, 0.0, 0.0], 0.4))
    (doc,) = model.predict(toy_batch([toy_docs()[2]], tokenizer=tokenizer))
    n = len(doc.entities)
    assert len(doc.relations) == n * (n - 1) // 2
    assert all(r.head < r.tail for r in doc.relations)


def test_entity_only_labels_leave_the_relation_stage_unbuilt(talkative):
    model, tokenizer = talkative(Labels(toy_labels().entities), max_width=3)
    assert not list(model.relation_head.parameters())
    docs = [replace(doc, relations=[]) for doc in toy_docs()]
    batch = toy_batch(docs, model.labels, tokenizer=tokenizer)
    assert set(model.train()(batch)) == {"entity"}
    found = model.eval().predict(batch)
    assert any(doc.entities for doc in found)
    assert not any(doc.relations for doc in found)


@pytest.mark.parametrize("words", [["Bergen"], ["rain"], ["\u200b"], ["[CLS]"]])
def test_one_word_documents(model_and_tokenizer, words):
    model, tokenizer = model_and_tokenizer
    (found,) = model.predict(toy_batch([Doc(words)], tokenizer=tokenizer))
    assert found.words == words and len(found.entities) <= 1 and not found.relations


@pytest.mark.parametrize("which", [[6], [7], [11], [6, 11], [7, 5], [0, 6]])
def test_a_training_batch_without_entities_or_pairs(talkative, which):
    """The loss is finite and has a graph whatever the batch lacks."""
    model, tokenizer = talkative()
    batch = toy_batch([toy_docs()[i] for i in which], tokenizer=tokenizer)
    terms = model.train()(batch)
    assert set(terms) == {"entity", "relation"}
    loss = loss_of(model, batch)
    loss.backward()
    assert torch.isfinite(loss)
    assert model.entity_head.classifier.weight.grad.any()
    assert model.relation_head.classifier.weight.grad is not None


def test_word_level_views_fit_in_too(talkative):
    model, tokenizer = talkative(max_width=3, threshold=0.8, views=IdentityViews("word"))
    alone = [model.predict(toy_batch([doc], tokenizer=tokenizer))[0] for doc in toy_docs()]
    assert any(doc.relations for doc in alone)
    expect_same(model.predict(toy_batch(tokenizer=tokenizer)), alone)


def test_half_precision_predicts_nearly_the_same(model_and_tokenizer, alone):
    model, tokenizer = model_and_tokenizer
    found = list(Predictor(model, tokenizer, precision="bf16")(toy_docs()))
    gold = {(doc.id, e.start, e.end, e.label) for doc in alone for e in doc.entities}
    here = {(doc.id, e.start, e.end, e.label) for doc in found for e in doc.entities}
    assert len(gold & here) > 0.8 * len(gold | here)


def test_building_on_the_meta_device_gives_every_width_without_memory(spert):
    model = spert()
    with torch.device("meta"):
        model.build(Source(weights=False), toy_labels())
    assert all(parameter.is_meta for parameter in model.parameters())
    assert list(model.entity_head.classifier.weight.shape) == [4, 2 * 16 + 25]
    assert list(model.relation_head.classifier.weight.shape) == [4, 3 * 16 + 2 * 25]
    assert list(model.entity_head.extractor.widths.weight.shape) == [100, 25]
    assert sum(p.numel() for p in model.encoder.parameters()) > 1000


def test_a_meta_build_counts_the_parameters_of_the_real_one(spert, talkative):
    model, _ = talkative()
    other = spert()
    with torch.device("meta"):
        other.build(Source(weights=False), toy_labels())
    shapes = {name: p.shape for name, p in model.named_parameters()}
    assert shapes == {name: p.shape for name, p in other.named_parameters()}


def test_new_parameters_are_initialised_as_berts(spert):
    """N(0, 0.02), biases 0."""
    model = spert()
    model.build(Source(), toy_labels())
    assert float(model.entity_head.extractor.widths.weight.detach().std()) == pytest.approx(0.02, rel=0.1)
    for head in (model.entity_head, model.relation_head):
        assert float(head.classifier.weight.detach().std()) == pytest.approx(0.02, rel=0.2)
        assert not head.classifier.bias.any()


def test_components_that_do_not_fit_are_refused(spert):
    for options in (
        {"context": None},
        {"pair_extractor": SpanPairs(LocalizedContext(MaxPooler(), "nowhere"))},
    ):
        with pytest.raises(BuildError, match="components do not fit"):
            spert(**options).build(Source(weights=False), toy_labels())


@pytest.mark.parametrize("max_pairs", [0, -5])
def test_a_chunk_of_nothing_is_refused(spert, max_pairs):
    with pytest.raises(ValueError, match="max_pairs must be 1 or more"):
        spert(max_pairs=max_pairs)


def test_a_model_folder_predicts_the_same(encoder_folder, tmp_path):
    config = load_config("quickstart", overrides={"model.encoder.name": str(encoder_folder)})
    model, tokenizer = resolve(config, "model"), resolve(config, "tokenizer")
    tokenizer.build(Source())
    model.build(Source(), toy_labels())
    maker = torch.Generator().manual_seed(1)
    for name, parameter in model.named_parameters():
        if not name.startswith("encoder."):
            parameter.data.normal_(0.0, 0.3, generator=maker)
    docs = toy_docs()[:3]
    found = list(Predictor(model, tokenizer)(docs))
    save_model(tmp_path / "model", model, tokenizer, config)
    loaded, its_tokenizer, _, _ = load_model(tmp_path / "model", torch.device("cpu"))
    assert list(Predictor(loaded, its_tokenizer)(docs)) == found
    assert any(doc.relations for doc in found)
