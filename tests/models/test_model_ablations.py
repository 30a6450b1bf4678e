"""Every ablation of a published model is a few lines over its base, and trains and predicts."""

from dataclasses import replace
from importlib import resources
from pathlib import Path

import pytest
import torch
from built_in_configs import base_of, built_over, over_encoder

from jointre.config import load_config, resolve
from jointre.config.built_in import experiments
from jointre.config.diff import differences
from jointre.data.stages import SpanDims
from jointre.encoders.base import Source
from jointre.errors import BuildError
from jointre.experiments.experiment_file import read_file
from jointre.predict import Predictor
from jointre.samplers.pairs import EntityPairs
from jointre.testing import toy_batch, toy_docs, toy_labels
from jointre.testing.toy import toy_entities
from jointre.views.identity import IdentityViews

POOLER = "model.entity_head.extractor.pooler.@poolers"
FOLDER = Path(str(resources.files("jointre.registry_configs")))
OVERLAYS = sorted(
    path.relative_to(FOLDER).with_suffix("").as_posix()
    for path in FOLDER.glob("ablations/*/*.cfg")
    if "[experiment]" not in path.read_text(encoding="utf8")
)
PRETRAINING = ["ablations/enpar/published_pretraining"]
OVERLAYS = [name for name in OVERLAYS if name not in PRETRAINING]
STAGES = ["giorgi/sinet_views", "giorgi/spert_relations", "giorgi/spert_spans"]
STAGES += ["redn/joint_bilstm_crf", "redn/joint_spans"]  # another model's stage in place of one
STAGES += ["jointre/tags_and_spans", "jointre/hard_negatives"]
CORPORA = ["jointre/all_sentences"]  # names three
TOO_MANY_HEADS = [
    {"model.context.heads": 6},
    {"model.context.heads": 12},
]  # for the tiny encoder's width of 16
FROZEN = {"model.encoder.freeze": True}
PACKED = "model.encoder.packed"
CHECKPOINTING = {"model.encoder.gradient_checkpointing": True}
BESIDE_TABLES = [
    ("spert/conll04", FROZEN),
    ("spert/conll04", {"model.views.layer": -2}),
    ("spert/conll04", {"training.losses.relation.reduce_types": "sum"}),
    ("spert/conll04", {POOLER: "jointre.first.v1"}),
    ("spert/conll04", {POOLER: "jointre.last.v1"}),
    ("spert/conll04", {"model.views.level": "word"}),
    ("spert/conll04", CHECKPOINTING),
    ("sinet/scierc", {"model.context.mask_padding": False, PACKED: "never"}),
    ("sinet/scierc", {"model.context.output_projection": False}),
    ("sinet/scierc", {"model.context.share": False}),
    ("giorgi/conll04", {"training.schedule.@schedules": "jointre.constant.v1"}),
    ("giorgi/conll04", {"training.loss_weights.relation.@schedules": "jointre.delay.v1"}),
    ("giorgi/conll04", {"model.pair_sampler.match": "last_word"}),
    ("giorgi/conll04", {"model.pair_sampler.missed": "constant"}),
    ("giorgi/conll04", {"model.pair_sampler.candidates": "union"}),
    ("giorgi/conll04", {"model.entity_head.decode": "viterbi"}),
    ("redn/semeval", {"model.pair_sampler.negatives": 0}),
    ("redn/semeval", {"model.relation_head.rank": 64}),
    ("redn/semeval", {"model.relation_head.average": "pair"}),
    ("redn/semeval", {"training.losses.relation.reduce_types": "sum"}),
]
"""Single values that docs/models names and no table has."""
OF_TABLES = [
    (file.config, dict(row.overrides))
    for file in map(read_file, experiments())
    for row in file.variants
    if row.overrides and not row.overlays and row.overrides not in TOO_MANY_HEADS
    if not any(key.startswith(("initialize.", "model.encoder.name")) for key in row.overrides)
]
OF_PRETRAINING = [
    *(
        {f"pretraining.objectives.{name}": None}
        for name in ("typing", "prediction", "contexts", "permutation")
    ),
    {"pretraining.share": 0.05, "pretraining.steps": 1000},
]


def made(folder, *overlays, base=None, values=None):
    """Model, tokenizer and losses of the base with overlays and values, over the tiny encoder."""
    base = base or base_of(*overlays)
    tags = base.startswith(("giorgi", "enpar")) and "ablations/giorgi/spert_spans" not in overlays
    nested = {"model.entity_head.overlap": "keep_outer"} if tags else {}
    config = over_encoder(folder, base, *overlays, overrides={**nested, **(values or {})})
    return *built_over(config), resolve(config, "training")


def step(model, tokenizer, training):
    """The loss of one update over the toy documents; the mean of a term whose loss is a sum."""
    model.train()
    optimizer = training.optimizer.create(model)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        terms = model(toy_batch(tokenizer=tokenizer))
    losses = {name: training.losses[name](t.logits, t.targets, t.group) for name, t in terms.items()}
    sum(losses.values()).backward()
    optimizer.step()
    rows = {name: len(t.group) for name, t in terms.items() if training.losses[name].units(t.group) is None}
    return sum(float(loss.detach()) / rows.get(name, 1) for name, loss in losses.items())


@pytest.mark.parametrize("name", PRETRAINING)
def test_an_overlay_of_a_pretraining_changes_that_alone(name):
    plain, config = load_config("enpar/pretrain"), load_config("enpar/pretrain", [name])
    assert {item.key[0] for item in differences(plain, config)} == {"pretraining"}
    resolve(config, "pretraining")


@pytest.mark.parametrize("values", OF_PRETRAINING, ids=str)
def test_values_of_a_pretraining_change_it(values):
    plain, config = load_config("enpar/pretrain"), load_config("enpar/pretrain", overrides=values)
    assert differences(plain, config)
    resolve(config, "pretraining")


@pytest.mark.parametrize("name", OVERLAYS)
def test_an_overlay_is_short_trains_and_predicts(encoder_folder, name):
    lines = (FOLDER / f"{name}.cfg").read_text(encoding="utf8").splitlines()
    few = 24 if name.removeprefix("ablations/") in STAGES + CORPORA else 14
    assert lines[0].startswith("# Overlay: ") and len([line for line in lines if line.strip()]) <= few
    train_and_predict(made(encoder_folder, name))


@pytest.mark.parametrize(("base", "values"), [*OF_TABLES, *BESIDE_TABLES], ids=str)
def test_values_train_and_predict(encoder_folder, base, values):
    assert differences(load_config(base), load_config(base, overrides=values))
    train_and_predict(made(encoder_folder, base=base, values=values), frozen=values == FROZEN)


def train_and_predict(parts, frozen=False):
    """One update moves what it should; prediction keeps the words."""
    model, tokenizer, training = parts
    before = {n: p.detach().clone() for n, p in model.named_parameters()}
    assert 0 < step(model, tokenizer, training) < 100
    moved = {n for n, p in model.named_parameters() if not torch.equal(p, before[n])}
    assert any(name.startswith("relation_head.") for name in moved)
    classifiers = {n for n in before if n.startswith("entity_head.") and n.endswith("classifier.weight")}
    assert classifiers <= moved and bool(classifiers) == (not model.given_only)
    assert any(n.startswith("encoder.") for n in moved) == (not frozen)
    found = list(Predictor(model.eval(), tokenizer)(toy_docs()[:3]))
    assert [doc.words for doc in found] == [doc.words for doc in toy_docs()[:3]]


@pytest.mark.parametrize(
    "values",
    [
        *({POOLER: f"jointre.{name}.v1"} for name in ("first", "last", "sum", "mean")),
        *(
            {"model.pair_extractor.context.@context_encoders": f"jointre.{name}.v1"}
            for name in ("full", "cls_pair")
        ),
    ],
    ids=lambda values: next(iter(values.values())),
)
def test_words_go_with_every_pooler_and_context(encoder_folder, values):
    parts = made(encoder_folder, values={**values, "model.views.level": "word"})
    assert 0 < step(*parts) < 100
    assert parts[0].views.level == "word"


def test_gradient_checkpointing_changes_no_gradient(encoder_folder):
    models = [made(encoder_folder, values=values) for values in ({PACKED: "never"}, CHECKPOINTING)]
    assert step(*models[0]) == step(*models[1])
    for (name, left), right in zip(models[0][0].named_parameters(), models[1][0].parameters(), strict=True):
        assert torch.equal(left.grad, right.grad), name


def reluctant(talkative, candidates):
    """A model that finds few entities and many relations."""
    model, tokenizer = talkative(max_width=3, threshold=0.9, pair_sampler=EntityPairs(candidates=candidates))
    model.entity_head.classifier.bias.data[0] += 6.0
    return model, tokenizer


@pytest.fixture(scope="module")
def unfiltered(talkative):
    return reluctant(talkative, "spans")


def everything(doc):
    """Entities and relations of a document as sets."""
    ends = [(e.start, e.end) for e in doc.entities]
    return {(*ends[i], e.label) for i, e in enumerate(doc.entities)}, {
        (ends[r.head], ends[r.tail], r.label) for r in doc.relations
    }


def test_without_the_span_filter_arguments_get_their_likeliest_type(unfiltered, talkative):
    model, tokenizer = unfiltered
    plain, _ = reluctant(talkative, "entities")
    batch = toy_batch([toy_docs()[0]], tokenizer=tokenizer)
    with torch.inference_mode():
        output = model.entity_head(model.make_views(batch), batch)
        (all_spans,), (filtered,) = model.predict(batch), plain.predict(batch)
    entities, relations = everything(all_spans)
    assert everything(filtered)[0] < entities and everything(filtered)[1] < relations
    labels = toy_labels().entities
    spans = [tuple(span) for span in output.spans.words.tolist()]
    untyped = {span for span, label in zip(spans, output.predicted.tolist(), strict=True) if label == 0}
    arguments = {span for head, tail, _ in relations for span in (head, tail)}
    assert untyped & arguments and not untyped & {(s, e) for s, e, _ in everything(filtered)[0]}
    likeliest = dict(zip(spans, output.likeliest.tolist(), strict=True))
    assert all(label == labels[likeliest[s, e] - 1] for s, e, label in entities)
    assert {(s, e) for s, e, _ in entities} == arguments | set(spans) - untyped


@pytest.mark.parametrize("max_spans", [None, 6])
def test_without_the_span_filter_the_size_of_a_chunk_changes_nothing(unfiltered, monkeypatch, max_spans):
    model, tokenizer = unfiltered
    monkeypatch.setattr(model.pair_sampler, "max_spans", max_spans)
    batch = toy_batch(toy_docs()[:4], tokenizer=tokenizer)
    found = []
    for size in (37, 100_000):
        monkeypatch.setattr(model, "max_pairs", size)
        found.append([everything(doc) for doc in model.predict(batch)])
    assert found[0] == found[1]
    assert any(relations for _, relations in found[0])


def test_a_cap_pairs_the_best_spans_and_says_how_many_documents_it_touched(unfiltered, monkeypatch):
    model, tokenizer = unfiltered
    docs = [toy_docs()[i] for i in (7, 0, 1, 11)]
    free = list(Predictor(model, tokenizer)(docs))
    monkeypatch.setattr(model.pair_sampler, "max_spans", 3)
    predictor = Predictor(model, tokenizer, batch_pieces=1)
    capped = list(predictor(docs))
    [notice] = predictor.notices()
    assert notice.startswith("2 documents with more spans than the pair sampler's max_spans")
    for doc, before in zip(capped, free, strict=True):
        relations = everything(doc)[1]
        assert relations <= everything(before)[1]
        assert len({span for head, tail, _ in relations for span in (head, tail)}) <= 3
    monkeypatch.setattr(model.pair_sampler, "max_spans", 1000)
    assert list(map(everything, predictor(docs))) == list(map(everything, free))
    assert predictor.capped == 2


def test_a_cap_keeps_the_highest_scores():
    batch = toy_batch([toy_docs()[0], toy_docs()[10]], gold=False)
    entities = toy_entities(batch, SpanDims())
    entities = replace(entities, score=torch.linspace(0.1, 0.9, len(entities.spans)).roll(5))
    sampler = EntityPairs(max_spans=2)
    pairs = sampler.sample(entities, batch, training=False)
    for row in range(2):
        own = (entities.predicted > 0) & (entities.spans.doc == row)
        best = entities.score.masked_fill(~own, 0).topk(2).indices
        assert set(pairs.head[pairs.doc == row].tolist()) == set(best.tolist())
    assert sampler.capped == 2


@pytest.mark.parametrize("layer", [0, 1, 2, -1, -2, -3])
@pytest.mark.parametrize("level", ["piece", "word"])
def test_any_layer_is_a_view_without_a_second_setting(spert, layer, level):
    model = spert(views=IdentityViews(level, layer))
    model.build(Source(), toy_labels())
    batch = toy_batch()
    states = model.eval().make_views(batch)["encoder"].states
    model.encoder.every_layer = True
    every = model.encoder(batch).layers
    assert len(every) == 3
    expected = every[layer]
    for row, n_words in enumerate(batch.n_words.tolist()):
        first = batch.word_pieces[row, :n_words, 0]
        rows = expected[row, first] if level == "word" else expected[row]
        assert torch.equal(states[row, : len(rows)], rows)


@pytest.mark.parametrize(("layer", "kept"), [(-1, 1), (1, 3), (-2, 3)])
def test_inner_layers_are_kept_only_for_a_view_that_reads_them(spert, layer, kept):
    model = spert(views=IdentityViews(layer=layer))
    model.build(Source(), toy_labels())
    assert len(model.encoder(toy_batch()).layers) == kept


@pytest.mark.parametrize("layer", [3, -4])
def test_a_layer_that_is_not_there_is_refused(spert, layer):
    with pytest.raises(BuildError, match=r"the encoder has 2 layers[\s\S]*\[model.views\] layer"):
        spert(views=IdentityViews(layer=layer)).build(Source(weights=False), toy_labels())
