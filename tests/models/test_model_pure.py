"""PURE: a span classifier, and an encoder of its own that reads the text once for each pair of marked entities."""

import shutil
from dataclasses import replace
from math import log

import pytest
import torch
from built_in_configs import built_over, over_encoder, parts_of_config, single

from jointre.data.doc import Doc, Entity
from jointre.data.labels import Labels
from jointre.encoders.base import Source
from jointre.losses.entropy import CrossEntropy
from jointre.predict import Predictor
from jointre.serialize import load_model, save_model
from jointre.testing import check_model, tiny_encoder_folder, toy_batch, toy_docs, toy_labels

DOCS = [single(toy_docs()[number]) for number in (1, 2, 3, 8)]
SMALL = "[model.entity_head]\nhidden = [24, 16]\n[model.entity_head.extractor]\nwidth_dim = 8\n"
NARROW = "[model.entity_head.sampler]\nmax_width = 3\n"
SHARED = "[model.pair_extractor]\nencoder = null\n"
UNTYPED = "[model.pair_extractor]\ntyped = false\n"


def over(folder, *overlays, **options):
    return over_encoder(folder, "pure/conll04", SMALL, *overlays, **options)


@pytest.fixture(scope="module")
def random_pure(encoder_folder):
    """A built model whose heads find many entities and relations, its tokenizer and its config."""
    config = over(encoder_folder)
    model, tokenizer = built_over(config)
    maker = torch.Generator().manual_seed(4)
    for name, parameter in model.named_parameters():
        if name.startswith(("entity_head.", "relation_head.classifier")):
            parameter.data.normal_(0.0, 0.5, generator=maker)
    return model, tokenizer, config


@pytest.mark.parametrize("overlays", [(), (SHARED, UNTYPED)], ids=["its own", "shared, untyped"])
def test_learns_toy_documents_by_heart(encoder_folder, overlays):
    config = over(encoder_folder, NARROW, *overlays)
    model, tokenizer = parts_of_config(config)
    check_model(model, tokenizer=tokenizer, docs=DOCS, config=config)


def test_a_corpus_without_relation_types(encoder_folder):
    model, tokenizer = parts_of_config(over(encoder_folder))
    labels = Labels(toy_labels().entities)
    check_model(model, labels, tokenizer, [replace(doc, relations=[]) for doc in DOCS])


def test_chunks_and_batch_mates_change_nothing(random_pure):
    model, tokenizer, _ = random_pure
    docs = toy_docs()
    found = list(Predictor(model, tokenizer, batch_pieces=4096, given=True)(docs))
    assert sum(len(doc.relations) for doc in found) > 20
    try:
        for pairs, pieces, batch in ((1, 8192, 4096), (7, 50, 4096), (20000, 8192, 1)):
            model.max_pairs, model.pair_extractor.pieces = pairs, pieces
            again = Predictor(model, tokenizer, batch_pieces=batch, given=True)(docs)
            for doc, other in zip(found, again, strict=True):
                assert other.annotation() == doc.annotation()
                scores = [[r.score for r in one.relations] for one in (doc, other)]
                torch.testing.assert_close(torch.tensor(scores[1]), torch.tensor(scores[0]))
    finally:
        model.max_pairs, model.pair_extractor.pieces = 20000, 8192


def test_a_model_folder_needs_nothing_else(encoder_folder, random_pure, tmp_path):
    """Both encoders are in it, although the encoder that the config names is gone."""
    gone = tmp_path / "encoder"
    shutil.copytree(encoder_folder, gone)
    config = over(gone)
    model, tokenizer = built_over(config)
    save_model(tmp_path / "model", model, tokenizer, config)
    shutil.rmtree(gone)
    assert (tmp_path / "model" / "encoder" / "pair_extractor" / "config.json").is_file()
    loaded, its_tokenizer, _, _ = load_model(tmp_path / "model", torch.device("cpu"))
    docs = toy_docs()
    given = [
        list(Predictor(*parts, given=True)(docs)) for parts in ((model, tokenizer), (loaded, its_tokenizer))
    ]
    assert given[0] == given[1]


def test_the_markers_of_a_pair_are_those_of_its_types(encoder_folder):
    """Class by class S, /S, O, /O; the first four are for spans without a type."""
    model, tokenizer = built_over(over(encoder_folder))
    names = ["[S]", "[/S]", "[O]", "[/O]", "[S:Org]", "[/S:Org]", "[O:Org]", "[/O:Org]", "[S:Person]"]
    extractor = model.pair_extractor
    assert extractor.marker_names(toy_labels())[:9] == names
    assert extractor.markers.tolist() == tokenizer.extra(extractor.marker_names(toy_labels()))
    ids = extractor._marker_ids(torch.tensor([[2, 1]])).tolist()
    assert [tokenizer.hf.convert_ids_to_tokens(ids[0])] == [
        ["[S:Person]", "[/S:Person]", "[O:Org]", "[/O:Org]"]
    ]


def test_a_pair_is_read_with_its_markers_in_the_text(encoder_folder):
    """The extractor's states are those of the encoder over the text that is written out here."""
    model, tokenizer = built_over(over(encoder_folder))
    read = []
    model.pair_extractor.encoder.register_forward_hook(lambda _, args, output: read.append((args[0], output)))
    doc = Doc(["ann", "works", "for", "us"], [Entity(0, 1, "Person"), Entity(2, 4, "Org")], id="a")
    features = []
    model.pair_extractor.register_forward_hook(lambda *args: features.append(args[2]))
    model.predict(toy_batch([doc], tokenizer=tokenizer), given=True)
    [(batch, output)] = read
    pieces = tokenizer.hf.convert_ids_to_tokens(batch.ids[0])
    text = "[CLS] [S:Person] a ##n ##n [/S:Person] works [O:Org] for u ##s [/O:Org] [SEP]"
    assert pieces == text.split()
    states = output.layers[-1]
    torch.testing.assert_close(features[0].side[0], states[0, pieces.index("[S:Person]")])
    torch.testing.assert_close(features[0].tail_side[0], states[0, pieces.index("[O:Org]")])
    assert tokenizer.hf.convert_ids_to_tokens(batch.ids[1])[1] == "[O:Person]"


def test_texts_longer_than_the_encoder_are_read_around_the_entities(tmp_path):
    """At exactly the encoder's limit there is no room for markers; above it, the encoder reads windows."""
    folder = tiny_encoder_folder(tmp_path / "short", max_position=24)
    model, tokenizer = built_over(over(folder))
    lengths = []
    model.pair_extractor.encoder.register_forward_hook(
        lambda _, args, __: lengths.append(args[0].ids.shape[1])
    )
    for n_words in (10, 22, 60):
        words = ["a"] * n_words
        doc = Doc(words, [Entity(0, 1, "Person"), Entity(n_words - 2, n_words, "Org")], id="long")
        [found] = Predictor(model, tokenizer, given=True)([doc])
        assert found.words == words
    assert lengths == [16, 24, 24]


def test_gold_that_is_too_wide_is_paired_but_not_trained_on(encoder_folder):
    model, tokenizer = built_over(over(encoder_folder))
    wide = toy_docs()[9]  # one entity of twelve words
    batch = toy_batch([wide], tokenizer=tokenizer)
    terms = model.train()(batch)
    n_words = len(wide.words)
    assert len(terms["entity"].logits) == sum(n_words + 1 - width for width in range(1, 9))
    assert terms["entity"].targets.count_nonzero() == 1
    assert len(terms["relation"].logits) == 2
    assert model.entity_head.unreachable(wide) == ["wider than max_width = 8 words", None]


@pytest.mark.parametrize(("n_words", "spans"), [(6, 21), (20, 132)])
def test_every_span_is_a_candidate_in_training(encoder_folder, n_words, spans):
    model, _ = parts_of_config(over(encoder_folder))
    sampler = model.entity_head.sampler
    batch = toy_batch([Doc(["a"] * n_words, [Entity(1, 3, "Org")], id="a")])
    for training in (True, False):
        drawn = sampler.sample(batch, training=training)
        assert len(drawn) == spans == len({tuple(words) for words in drawn.words.tolist()})
    assert sampler.sample(batch, training=True).words[0].tolist() == [1, 3]


def test_losses_of_the_two_stages():
    """A sum over spans, a mean over pairs."""
    spans = torch.tensor([[2.0, 0.0, 0.0], [0.0, 1.0, 0.0]])
    entity = CrossEntropy("sum")(spans, torch.tensor([1, 1]), torch.zeros(2))
    torch.testing.assert_close(entity, torch.tensor(2.79099), atol=1e-5, rtol=0)
    pair = CrossEntropy()(torch.tensor([[0.0, log(3), 0.0]]), torch.tensor([1]), torch.zeros(1))
    torch.testing.assert_close(pair, torch.tensor(log(5 / 3)))


def test_number_of_parameters_on_scierc():
    """With BERT-base's width, six entity types and seven relation types."""
    model, _ = parts_of_config(over_encoder("bert-base-cased", "pure/conll04"))
    labels = Labels(tuple("abcdef"), tuple("ABCDEFG"))
    with torch.device("meta"):
        model.build(Source(weights=False), labels)
    head = model.entity_head
    sizes = {name: sum(p.numel() for p in part.parameters()) for name, part in head.named_children()}
    assert (sizes["network"] + sizes["classifier"], sizes["extractor"]) == (276_757, 1_350)
    relation = model.relation_head
    assert [sum(p.numel() for p in part.parameters()) for part in (relation.norm, relation.classifier)] == [
        3_072,
        12_296,
    ]


def test_gradients_do_not_depend_on_the_parts(encoder_folder):
    """Parts of a batch that are read again in the backward pass give the gradients of the whole, dropout included."""
    model, tokenizer = built_over(over(encoder_folder))
    batch = toy_batch([toy_docs()[10]], tokenizer=tokenizer)
    for module in model.modules():
        if isinstance(module, torch.nn.Dropout):
            module.p = 0.0
    found = []
    for pieces in (8192, 100):
        model.pair_extractor.pieces = pieces
        model.zero_grad()
        model.train()(batch)["relation"].logits.square().mean().backward()
        found.append({name: p.grad.clone() for name, p in model.named_parameters() if p.grad is not None})
    assert found[0].keys() == found[1].keys() and len(found[0]) > 30
    for name, grad in found[0].items():
        torch.testing.assert_close(found[1][name], grad, rtol=1e-4, atol=1e-5, msg=name)
