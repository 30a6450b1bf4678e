"""REDN learns toy documents by heart between given entities, and its parts go with those of other models."""

import pytest
import torch
from built_in_configs import built_over, over_encoder, parts_of_config, single

from jointre.encoders.base import Source
from jointre.errors import BuildError
from jointre.evaluate import evaluate
from jointre.losses.grouped import GroupedBinaryCrossEntropy
from jointre.metrics.relations import StrictMetric
from jointre.predict import Predictor
from jointre.testing import check_model, toy_batch, toy_docs, toy_labels
from jointre.training.batch_splitting import row_shares

CLS = '[model.views]\nadd_pooled = []\nadd_cls = ["head"]\n'
DOCS = [
    toy_docs()[number] for number in (0, 1, 2, 5, 8)
]  # entities inside entities share cells, see docs/models/redn.md
SPANS = """
[model.entity_head]
@entity_heads = "jointre.span_classifier.v1"

[model.entity_head.sampler]
@samplers = "jointre.all_spans.v1"
max_width = 4

[model.entity_head.extractor]
@span_extractors = "jointre.pooled.v1"
summary = false

[model.entity_head.extractor.pooler]
@poolers = "jointre.max.v1"

[training.losses.entity]
@losses = "jointre.cross_entropy.v1"
"""
LINEAR = """
[model.entity_head.extractor]
@span_extractors = "jointre.pooled.v1"
summary = false

[model.entity_head.extractor.pooler]
@poolers = "jointre.max.v1"

[model.pair_extractor]
@pair_extractors = "jointre.span_pairs.v1"

[model.relation_head]
@relation_heads = "jointre.linear.v1"
"""
KERNEL_ON_SPANS = LINEAR.partition("[model.relation_head]")[0]
TAGS = """
[model.entity_head]
@entity_heads = "jointre.tagger.v1"

[training.losses.entity]
@losses = "jointre.cross_entropy.v1"
"""
CROSSED = {
    "its own": [],
    "pooled output": ['[model.views]\nadd_pooled = ["head"]\nadd_cls = []\n'],
    "low rank, pairs alike": [
        "[model.relation_head]\nrank = 4\n",
        '[model.relation_head]\naverage = "pair"\n',
    ],
    "words": ['[model.views]\nlevel = "word"\n'],
    "one layer": ['[model.views]\nviews = {"head": -1, "tail": -1}\nadd_pooled = []\n'],
    "linear head on spans": [LINEAR],
    "kernel on span vectors": [KERNEL_ON_SPANS],
    "kernel on predicted entities": [SPANS],
    "kernel on tagged entities": [TAGS],
}


def made(folder, *overlays):
    return parts_of_config(over_encoder(folder, "redn/semeval", CLS, *overlays))


def built(folder, *overlays):
    return built_over(over_encoder(folder, "redn/semeval", CLS, *overlays))


@pytest.mark.parametrize("name", CROSSED)
def test_learns_toy_documents_by_heart(encoder_folder, name):
    model, tokenizer = made(encoder_folder, *CROSSED[name])
    check_model(model, tokenizer=tokenizer, docs=DOCS)


def test_softmax_learns_them_too(encoder_folder):
    model, tokenizer = made(encoder_folder, "ablations/redn/softmax")
    check_model(model, tokenizer=tokenizer, docs=[single(doc) for doc in DOCS])


def test_entities_are_always_given(encoder_folder):
    model, tokenizer = built(encoder_folder)
    predictor = Predictor(model, tokenizer)
    assert model.given_only and predictor.given
    metric = StrictMetric()
    found = evaluate(predictor, toy_docs(), {"strict": metric})
    for doc, gold in zip(found, toy_docs(), strict=True):
        ours, theirs = ({(e.start, e.end, e.label) for e in d.entities} for d in (doc, gold))
        assert ours == theirs
    assert metric.protocol.endswith("; gold entities")
    assert not Predictor(*built(encoder_folder, SPANS)).given


def test_documents_without_entities_are_told(encoder_folder):
    predictor = Predictor(*built(encoder_folder))
    found = list(predictor(doc.bare() for doc in toy_docs()[:3]))
    assert not any(doc.relations for doc in found)
    assert predictor.notices() == [
        "3 documents without entities: relations are predicted only between given entities"
    ]


def test_no_loss_for_entities_and_none_without_pairs(encoder_folder):
    model, tokenizer = built(encoder_folder)
    terms = model.train()(toy_batch([toy_docs()[6]], tokenizer=tokenizer))
    assert list(terms) == list(model.targets) == ["relation"]
    term = terms["relation"]
    loss = GroupedBinaryCrossEntropy()(term.logits, term.targets, term.group)
    loss.backward()
    assert float(loss.detach()) == 0.0


def test_a_head_of_pairs_refuses_cells(encoder_folder):
    model, _ = made(encoder_folder, '[model.relation_head]\n@relation_heads = "jointre.linear.v1"\n')
    with pytest.raises(BuildError, match=r"takes one row per pair(.|\n)*kernel"):
        model.build(Source(), toy_labels())


def test_the_type_for_no_relation_must_be_one(encoder_folder):
    model, _ = made(encoder_folder, '[model.relation_head]\nalone = "NA"\n')
    with pytest.raises(BuildError, match="'NA' is not one of the relation types"):
        model.build(Source(), toy_labels())
    model, tokenizer = built(encoder_folder, '[model.relation_head]\nalone = "leads"\nthreshold = 0.0\n')
    for doc in Predictor(model, tokenizer)(toy_docs()[:3]):
        assert {relation.label for relation in doc.relations} == {"leads"}


def test_the_encoder_pools_only_if_asked(encoder_folder):
    plain, _ = built(encoder_folder)
    asked, _ = built(encoder_folder, CROSSED["pooled output"][0])
    names = [any(".pooler." in name for name in model.state_dict()) for model in (plain, asked)]
    assert names == [False, True]


def test_batches_in_parts_weigh_as_the_whole(encoder_folder):
    """A loss that averages over documents is made whole again from parts of the batch."""
    model, tokenizer = built(encoder_folder)
    docs = [doc for doc in toy_docs() if len(doc.entities) > 1]
    loss = GroupedBinaryCrossEntropy()
    parts = [toy_batch(part, tokenizer=tokenizer) for part in (docs[:2], docs[2:])]

    with torch.no_grad():
        train = [_term(model, batch) for batch in (toy_batch(docs, tokenizer=tokenizer), *parts)]
    whole, *pieces = [loss(term.logits, term.targets, term.group) for term in train]
    shares = row_shares(parts, lambda batch: {"relation": _term(model, batch)}, {"relation": loss})
    assert [share["relation"] for share in shares] == pytest.approx([2 / len(docs), 1 - 2 / len(docs)])
    total = sum(share["relation"] * piece for share, piece in zip(shares, pieces, strict=True))
    torch.testing.assert_close(total, whole)


def _term(model, batch):
    """The relation term of a batch, without dropout."""
    model.train()
    model.encoder.network.eval()
    return model(batch)["relation"]
