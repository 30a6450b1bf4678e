"""SINET is SpERT with other views, another sentence context and two switches; its parts go with any other."""

import pytest
import torch
from built_in_configs import built_over, over_encoder

from jointre.config import load_config, resolve
from jointre.encoders.base import Source
from jointre.errors import BuildError
from jointre.pair_extractors.span_pairs import SpanPairs
from jointre.poolers.reduce import MaxPooler
from jointre.predict import Predictor
from jointre.testing import toy_batch, toy_docs, toy_labels

WORDS = '[model.views.views]\n@views = "jointre.identity.v1"\nlevel = "word"\n'
INNER = '[model.views.views]\n@views = "jointre.identity.v1"\nlayer = -2\n'
SHARED_SPANS = "[model.pair_extractor]\npooler = null\n"
FULL = '[model.pair_extractor.context]\n@context_encoders = "jointre.full.v1"\nview = "relation"\n'
CLS_PAIR = '[model.pair_extractor.context]\n@context_encoders = "jointre.cls_pair.v1"\nview = "entity"\n'
LAST = '[model.pair_extractor.pooler]\n@poolers = "jointre.last.v1"\n'
ONE_TASK = """
[model.views]
names = ["entity"]

[model.context]
relation_view = "encoder"

[model.pair_extractor]
view = "encoder"
"""


def made(folder, *texts, base="sinet/scierc"):
    config = over_encoder(folder, base, *texts)
    return *built_over(config), resolve(config, "training")


def trained_a_step(model, tokenizer, training):
    """Names of the parameters that an update moves."""
    before = {name: p.detach().clone() for name, p in model.named_parameters()}
    model.train()
    optimizer = training.optimizer.create(model)
    terms = model(toy_batch(tokenizer=tokenizer))
    sum(training.losses[n](t.logits, t.targets, t.group) for n, t in terms.items()).backward()
    optimizer.step()
    return {name for name, p in model.named_parameters() if not torch.equal(p, before[name])}


def test_every_parameter_is_trained(encoder_folder):
    model, tokenizer, training = made(encoder_folder)
    moved = trained_a_step(model, tokenizer, training)
    assert {name for name, _ in model.named_parameters()} - moved <= {
        "encoder.network.embeddings.token_type_embeddings.weight"
    } | {name for name in dict(model.named_parameters()) if name.endswith("key.bias") or "pooler" in name}


@pytest.mark.parametrize(
    "texts",
    [[WORDS], [INNER], [SHARED_SPANS], [FULL], [CLS_PAIR], [LAST], [ONE_TASK], [WORDS, LAST, FULL]],
    ids=str,
)
def test_parts_go_with_others(encoder_folder, texts):
    parts = made(encoder_folder, *texts)
    assert "context.layer.0.shared.attention.query.weight" in trained_a_step(*parts)
    model, tokenizer, _ = parts
    found = list(Predictor(model.eval(), tokenizer)(toy_docs()[:3]))
    assert [doc.words for doc in found] == [doc.words for doc in toy_docs()[:3]]


def test_a_sentence_alone_is_a_sentence_in_a_padded_batch(encoder_folder):
    model, tokenizer, _ = made(encoder_folder)
    model.eval()
    docs = sorted(toy_docs()[:6], key=lambda doc: len(doc.words))
    together = model.make_views(toy_batch(docs, tokenizer=tokenizer))
    for row, doc in enumerate(docs):
        alone = model.make_views(toy_batch([doc], tokenizer=tokenizer))
        for name in ("entity", "relation"):
            torch.testing.assert_close(together[name].summary[row], alone[name].summary[0])


def test_published_code_attends_padding(encoder_folder):
    values = '[model.context]\nmask_padding = false\n[model.encoder]\npacked = "never"\n'
    model, tokenizer, _ = made(encoder_folder, values)
    model.eval()
    docs = sorted(toy_docs()[:6], key=lambda doc: len(doc.words))
    together = model.make_views(toy_batch(docs, tokenizer=tokenizer))["entity"].summary[0]
    alone = model.make_views(toy_batch(docs[:1], tokenizer=tokenizer))["entity"].summary[0]
    assert not torch.allclose(together, alone)


def test_padding_that_the_encoder_leaves_out_is_not_attended(encoder_folder):
    with pytest.raises(BuildError, match="attends to padding") as refused:
        made(encoder_folder, "[model.context]\nmask_padding = false\n")
    assert 'set [model.encoder] packed = "never"' in str(refused.value)


@pytest.mark.parametrize("overlays", [[], ["ablations/sinet/published_decay"]])
def test_the_gain_of_the_norm_decays_only_as_published(encoder_folder, overlays):
    model, _, training = made(encoder_folder, *overlays)
    groups = training.optimizer.create(model).param_groups
    decayed = {id(p) for group in groups if group["weight_decay"] for p in group["params"]}
    named = dict(model.named_parameters())
    gains = {name: id(p) in decayed for name, p in named.items() if "LayerNorm.weight" in name}
    assert gains.pop("context.layer.0.shared.LayerNorm.weight") is bool(overlays)
    assert gains and not any(gains.values())
    others = (
        "views.projections.entity.weight",
        "context.layer.0.shared.output.weight",
        "relation_head.classifier.weight",
    )
    assert all(id(named[name]) in decayed for name in (*others, "entity_head.extractor.widths.weight"))
    assert not any(id(p) in decayed for name, p in named.items() if name.endswith("bias"))


def test_base_without_its_sentence_columns_is_spert(encoder_folder):
    """With the sentence columns of the relation head at zero SINET's base is SpERT."""
    small = "[model.entity_head.sampler]\nmax_width = 8\n\n[model.entity_head.extractor]\nwidth_dim = 100\n"
    spert, tokenizer, _ = made(encoder_folder, small, base="spert/scierc")
    sinet, _, _ = made(encoder_folder, "ablations/sinet/base")
    state = {name: tensor.clone() for name, tensor in spert.state_dict().items()}
    weight = state["relation_head.classifier.weight"]
    context, sides = weight.split([16, weight.shape[1] - 16], dim=1)
    state["relation_head.classifier.weight"] = torch.cat(
        [context, torch.zeros(len(weight), 16), sides], dim=1
    )
    sinet.load_state_dict(state, strict=True)
    batch = toy_batch(tokenizer=tokenizer)
    outputs = []
    for model in (spert.eval(), sinet.eval()):
        views = model.make_views(batch)
        entities = model.entity_head(views, batch)
        pairs = next(iter(model.pair_sampler.chunks(entities, batch, 10_000)))
        outputs.append(
            (
                entities.score,
                model.relation_head(model.pair_extractor(views, entities, pairs, batch), len(pairs)).probs,
            )
        )
    for one, other in zip(*outputs, strict=True):
        torch.testing.assert_close(one, other)


def test_widths_of_the_heads_at_base_size():
    config = load_config("sinet/scierc")
    model = resolve(config, "model")
    with torch.device("meta"):
        model.build(Source(weights=False), toy_labels())
    assert model.entity_head.classifier.in_features == 1636
    assert model.relation_head.classifier.in_features == 3272
    extra = sum(p.numel() for n, p in model.named_parameters() if n.startswith(("views.", "context.")))
    assert extra == 3_541_248


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"view": "entity"}, "nothing reads it"),
        ({"pooler": MaxPooler(), "view": "other"}, "reads view 'other'"),
        ({"summary": True}, "has no sentence vector"),
    ],
)
def test_a_pair_extractor_that_does_not_fit_is_refused(arguments, message):
    from jointre.data.stages import SpanDims, ViewDims

    with pytest.raises(BuildError, match=message):
        SpanPairs(**arguments).build({"encoder": ViewDims(4)}, SpanDims(4, 2), toy_labels())


@pytest.mark.parametrize("heads", [6, 12])
def test_heads_that_do_not_divide_the_width_are_refused_at_build(encoder_folder, heads):
    with pytest.raises(BuildError, match=r"does not divide the width 16[\s\S]*use one of 1, 2, 4, 8, 16"):
        made(encoder_folder, f"[model.context]\nheads = {heads}\n")
