"""jointre.typed_layers.v1 in a model: what is marked, who reads the new views, and that nothing else changes."""

from dataclasses import replace
from shutil import copytree, rmtree

import pytest
import torch

from jointre.config import load_config, resolve
from jointre.config.source import parse
from jointre.data.batch import collate
from jointre.data.doc import Doc, Entity, Relation
from jointre.data.labels import Labels
from jointre.data.stages import EntityOutput, SpanFeatures
from jointre.data.windows import lay_out
from jointre.encoders.base import Source
from jointre.encoders.hf import HFEncoder
from jointre.entity_heads.tagger import Tagger
from jointre.errors import BuildError
from jointre.optimizers import BertAdamWSpec
from jointre.poolers.reduce import MaxPooler
from jointre.pretraining.setup import _joint
from jointre.rereaders import TypedLayers
from jointre.rereaders.typed_layers import mark_counts
from jointre.samplers import CandidatePairs
from jointre.samplers.base import MARKS, drawn_per_span, make_spans
from jointre.serialize import load_model, save_model
from jointre.span_extractors.pooled import PooledSpanExtractor
from jointre.testing import toy_batch, toy_docs, toy_labels
from jointre.testing.asserts import without_dropout
from jointre.testing.overfit import loss_of
from jointre.views import BiLSTMViews, IdentityViews

NESTED = Doc(
    ["The", "University", "of", "Oslo", "hired", "Emil", "."],
    [Entity(1, 4, "Org"), Entity(3, 4, "Place"), Entity(5, 6, "Person")],
    [Relation(2, 0, "works_for")],
)
ORG, PERSON, PLACE = 1, 2, 3


@pytest.fixture(scope="module")
def made(talkative):
    """SpERT with random heads and a rereader whose marks matter, and its tokenizer."""
    return talkative(max_width=3, threshold=0.8, rereader=TypedLayers(layers=1))


@pytest.fixture
def part(made):
    """The rereader of the model, in evaluation mode."""
    return made[0].rereader


@pytest.fixture
def read(made):
    """Returns the states that the rereader gives a batch for spans (doc, start, end, class)."""
    model, _ = made

    def states(part, batch, *spans, training=False, gold=None):
        rows = torch.tensor(spans, dtype=torch.int64).reshape(-1, 4)
        placed = make_spans(batch, rows[:, 0], rows[:, 1:3])
        entities = EntityOutput(
            placed, SpanFeatures(rows[:, 0]), rows[:, 3], torch.ones(len(rows)), gold=gold
        )
        part = without_dropout(part) if training else part.eval()
        with torch.no_grad():
            encoded = model.eval().encoder(batch)
            views = model._views(encoded, batch)
            return part(encoded, views, entities, rows[:, 3], batch)["encoder"].states

    return states


def test_marks_of_nested_entities_add_up_and_every_entity_counts_once_where_it_begins():
    batch = toy_batch([NESTED])
    rows = [(0, 1, 4, ORG), (0, 3, 4, PLACE), (0, 3, 4, PLACE), (0, 5, 6, 0)]
    doc, start, end, label = torch.tensor(rows).unbind(1)
    counts = mark_counts(make_spans(batch, doc, torch.stack([start, end], 1)), label, batch, 3)
    first, last = batch.word_pieces[0, :, 0].tolist(), batch.word_pieces[0, :, 1].tolist()
    expected = torch.zeros(*batch.ids.shape, 4, dtype=torch.int64)
    expected[0, first[1] : last[3], ORG - 1] = 1
    expected[0, first[3] : last[3], PLACE - 1] = 2
    expected[0, first[1], 3] = 1
    expected[0, first[3], 3] = 2
    assert torch.equal(counts, expected)


def test_the_order_of_the_candidates_never_matters(part, read):
    batch = toy_batch([NESTED, *toy_docs(3)])
    spans = [(0, 1, 4, ORG), (0, 3, 4, PLACE), (1, 0, 2, PERSON), (0, 2, 5, PERSON), (0, 3, 4, ORG)]
    assert torch.equal(read(part, batch, *spans), read(part, batch, *reversed(spans)))


def test_types_and_boundaries_are_seen_and_spans_without_a_type_are_not(part, read):
    batch = toy_batch([NESTED])
    seen = [
        read(part, batch, *spans)
        for spans in ([], [(0, 1, 4, ORG)], [(0, 1, 4, PLACE)], [(0, 1, 2, ORG), (0, 2, 4, ORG)])
    ]
    for number, states in enumerate(seen):
        for other in seen[:number]:
            assert not torch.allclose(states, other, atol=1e-3)
    assert torch.equal(read(part, batch, (0, 1, 4, 0)), seen[0])


def test_without_marks_the_copies_first_compute_the_encoders_last_layer(read, made):
    model, tokenizer = made
    batch = toy_batch(tokenizer=tokenizer)
    part = TypedLayers(layers=2, marks=False)
    widths = model.views.build(model.encoder_dims)
    part.build(model.encoder, model.encoder_dims, widths, model.labels)
    assert [name for name, _ in part.named_parameters() if not name.startswith("upper.")] == []
    with torch.no_grad():
        expected = model.encoder(batch).layers[-1]
    found = read(part, batch, (0, 0, 1, ORG))
    torch.testing.assert_close(found[batch.mask], expected[batch.mask], rtol=1e-4, atol=1e-5)


def test_a_view_of_words_gets_first_pieces_and_a_summary_gets_position_zero(part, read, made):
    model, tokenizer = made
    batch = toy_batch(tokenizer=tokenizer)
    pieces = read(part, batch)
    words = IdentityViews("word")
    with torch.no_grad():
        before = words(model.encoder(batch), batch)
        views = part(model.encoder(batch), before, nothing(batch), nothing(batch).predicted, batch)
    view = views["encoder"]
    assert torch.equal(view.summary, pieces[:, 0]) and not torch.equal(
        view.summary, before["encoder"].summary
    )
    for row, n in enumerate(batch.n_words.tolist()):
        assert torch.equal(view.states[row, :n], pieces[row, batch.word_pieces[row, :n, 0]])
        assert not view.states[row, n:].any()


def nothing(batch):
    """No candidates."""
    none = torch.zeros(0, dtype=torch.int64)
    return EntityOutput(make_spans(batch, none, none.view(0, 2)), SpanFeatures(none), none, none.float())


def test_marks_are_dropped_in_training_by_document_and_extent_alone():
    batch = toy_batch()
    every = [
        (row, start, end)
        for row, n in enumerate(batch.n_words.tolist())
        for start in range(n)
        for end in range(start + 1, n + 1)
    ]
    doc, *words = torch.tensor(every).unbind(1)
    spans = make_spans(batch, doc, torch.stack(words, 1))
    drawn = drawn_per_span(spans, batch, MARKS)
    assert float((drawn < 0.15).float().mean()) == pytest.approx(0.15, abs=0.05)
    some = torch.arange(0, len(spans), 7).flip(0)
    assert torch.equal(drawn_per_span(spans[some], batch, MARKS), drawn[some])
    alone = toy_batch([toy_docs()[4]])
    own = torch.nonzero(doc == 4).squeeze(1)
    moved = replace(spans[own], doc=torch.zeros_like(own))
    assert torch.equal(drawn_per_span(moved, alone, MARKS), drawn[own])
    assert not torch.equal(drawn_per_span(spans, toy_batch(epoch=1), MARKS), drawn)


def test_marks_are_dropped_in_training_only(part, read, monkeypatch):
    batch = toy_batch()
    spans = [(row, 0, 1, ORG) for row in range(len(batch))]
    spanless = read(part, batch)
    monkeypatch.setattr(part, "drop", 0.5)
    whole, thinned = read(part, batch, *spans), read(part, batch, *spans, training=True)
    gap = (thinned - spanless).abs().amax((1, 2)) < 1e-5
    kept = (thinned - whole).abs().amax((1, 2)) < 1e-5
    assert gap.any() and kept.any() and bool((gap ^ kept).all())


@pytest.mark.parametrize("marked", ["found", "gold"])
def test_what_is_marked_in_training(part, read, monkeypatch, marked):
    monkeypatch.setattr(part, "marked", marked)
    monkeypatch.setattr(part, "drop", 0.0)
    batch = toy_batch([NESTED])
    found, gold = (0, 1, 4, PLACE), (0, 1, 4, ORG)
    seen = read(part, batch, found, training=True, gold=torch.tensor([ORG]))
    wanted = read(part, batch, gold if marked == "gold" else found)
    torch.testing.assert_close(seen, wanted, rtol=1e-4, atol=1e-5)
    assert torch.equal(read(part, batch, found, gold=torch.tensor([ORG])), read(part, batch, found))


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({}, [2, 0, 0, 1]),
        ({"related": True}, [2, 2, 0, 1]),
        ({"candidates": "union"}, [2, 2, 3, 1]),
        ({"candidates": "gold"}, [2, 2, 3, 0]),
    ],
)
def test_types_of_the_candidates_that_may_be_paired(options, expected):
    """Gold: an Org that is found as a Person, a Person with a relation and a Place that are not found."""
    doc = Doc(list("abcde"), [Entity(0, 1, "Org"), Entity(1, 2, "Person"), Entity(2, 3, "Place")])
    batch = toy_batch([replace(doc, relations=[Relation(1, 0, "works_for")])])
    words = torch.tensor([[0, 1], [1, 2], [2, 3], [3, 5]])
    zero = torch.zeros(4, dtype=torch.int64)
    entities = EntityOutput(
        make_spans(batch, zero, words),
        SpanFeatures(zero),
        torch.tensor([PERSON, 0, 0, ORG]),
        torch.ones(4),
        torch.tensor([ORG, PERSON, PLACE, 0]),
        torch.arange(3),
    )
    assert CandidatePairs(**options).paired_types(entities, batch).tolist() == expected


def predicted(model, tokenizer, docs):
    batch = toy_batch(docs, tokenizer=tokenizer, gold=False)
    with torch.inference_mode():
        return model.predict(batch)


def test_a_document_is_predicted_alike_alone_and_among_others_and_in_chunks_of_any_size(made, monkeypatch):
    model, tokenizer = made
    together = predicted(model, tokenizer, toy_docs())
    assert sum(len(doc.relations) for doc in together) > 100
    for most in (1, 7):
        monkeypatch.setattr(model, "max_pairs", most)
        some = [2, 4, 7]  # short documents: with chunks of one pair, long ones take seconds
        expect_same(predicted(model, tokenizer, [toy_docs()[n] for n in some]), [together[n] for n in some])
    monkeypatch.undo()
    for doc, found in zip(toy_docs(), together, strict=True):
        expect_same(predicted(model, tokenizer, [doc]), [found])


def expect_same(found, expected):
    for one, other in zip(found, expected, strict=True):
        assert plain(one) == plain(other)
        scores = [[r.score for r in doc.relations] for doc in (one, other)]
        assert scores[0] == pytest.approx(scores[1], abs=1e-5)


def plain(doc):
    entities = [(e.start, e.end, e.label) for e in doc.entities]
    return entities, [(r.head, r.tail, r.label) for r in doc.relations]


def test_a_batch_is_read_again_once(made, monkeypatch):
    model, tokenizer = made
    monkeypatch.setattr(model, "max_pairs", 100)
    calls = []
    handle = model.rereader.register_forward_hook(lambda *_: calls.append(1))
    try:
        predicted(model, tokenizer, toy_docs())
        assert len(calls) == 1
        model.predict_at(toy_batch(tokenizer=tokenizer), [0.1, 0.5, 0.9])
        assert len(calls) == 2
        model.train()(toy_batch(tokenizer=tokenizer))
        assert len(calls) == 3
    finally:
        handle.remove()
        model.eval()


def test_span_vectors_of_the_relation_stage_come_from_the_new_views(made):
    model, tokenizer = made
    seen = []
    handle = model.pair_extractor.register_forward_pre_hook(lambda _, args: seen.append(args))
    try:
        predicted(model, tokenizer, toy_docs())
    finally:
        handle.remove()
    views, entities, _, batch = seen[0]
    with torch.inference_mode():
        old = model.make_views(batch)
        rows = torch.arange(len(entities.spans))
        again, first = (model.entity_head.features(v, entities.spans)[rows].pooled for v in (views, old))
    assert torch.equal(entities.features[rows].pooled, again)
    assert not torch.allclose(again, first, atol=1e-2)


def test_given_entities_are_marked(made):
    """Relations between gold entities depend on their types."""
    model, tokenizer = made
    doc = toy_docs()[0]
    other = replace(doc, entities=[replace(e, label="Place") for e in doc.entities])
    with torch.inference_mode():
        found = [
            model.predict_at(toy_batch([d], tokenizer=tokenizer), [0.0], given=True)[0][0]
            for d in (doc, other)
        ]
    one, two = ([relation.score for relation in d.relations] for d in found)
    assert len(one) == len(two) > 5
    assert one != pytest.approx(two, abs=1e-3)


def test_with_tags_found_and_gold_entities_are_marked_and_all_parameters_are_trained(spert, made):
    extractor = PooledSpanExtractor(MaxPooler(), 3)
    model = spert(
        entity_head=Tagger(crf=True, decode="viterbi", overlap="keep_outer", extractor=extractor),
        pair_sampler=CandidatePairs("union", related=True),
        rereader=TypedLayers(layers=2),
    )
    model.build(Source(), toy_labels())
    loss_of(model.train(), toy_batch(tokenizer=made[1])).backward()
    assert [name for name, p in model.named_parameters() if p.grad is None] == []


def test_a_long_document_is_read_in_windows(made, part, read):
    """One window over the whole document changes nothing; of several, each is read with the states of the whole."""
    model, tokenizer = made
    words = [word for doc in toy_docs() for word in doc.words]
    short = tokenizer.encode([Doc(words[:20])])[0]
    spans = [(0, 1, 3, ORG), (0, 9, 12, PERSON)]
    whole = lay_out(short.words, len(short.ids) - 2, 0)
    plain, windowed = (collate([e], tokenizer.pad_id) for e in (short, replace(short, windows=whole)))
    torch.testing.assert_close(read(part, windowed, *spans), read(part, plain, *spans), rtol=1e-4, atol=1e-5)
    (encoding,) = tokenizer.encode([Doc(words * 3)], model.encoder.max_length)
    batch = collate([encoding, short], tokenizer.pad_id)
    spans = [(0, n, n + 2, PERSON) for n in range(0, 200, 5)]
    found = read(part, batch, *spans)
    assert found.shape[:2] == batch.ids.shape and not found[~batch.mask].any()
    with torch.no_grad():
        states = model.encoder(batch).layers[-2]
        states = states + mark_counts(*marked(batch, spans), batch, 3).float() @ part.vectors
        for number, (start, end) in enumerate(encoding.windows.ranges):
            places = torch.tensor([0, *range(start, end), len(encoding.ids) - 1])
            alone = part.upper.network(inputs_embeds=states[:1, places]).last_hidden_state[0]
            own = torch.from_numpy(encoding.windows.window == number).nonzero().squeeze(1)
            torch.testing.assert_close(found[0, own + 1], alone[own + 2 - start], rtol=1e-4, atol=1e-5)
    short_alone = read(part, collate([short], tokenizer.pad_id))
    torch.testing.assert_close(found[1, : len(short.ids)], short_alone[0], rtol=1e-4, atol=1e-5)


def marked(batch, spans):
    rows = torch.tensor(spans)
    return make_spans(batch, rows[:, 0], rows[:, 1:3]), rows[:, 3]


def test_a_model_folder_holds_the_copies(made, encoder_folder, tmp_path):
    """Nothing of the pretrained encoder is needed."""
    model, tokenizer = made
    pretrained = tmp_path / "pretrained"
    copytree(encoder_folder, pretrained)
    overlay = parse('[model.rereader]\n@rereaders = "jointre.typed_layers.v1"\nlayers = 1\n', "overlay")
    given = {"model.encoder.name": str(pretrained), "model.entity_head.sampler.max_width": 3}
    given["model.relation_head.threshold"] = 0.8
    config = load_config("spert/conll04", [overlay], given)
    save_model(tmp_path / "model", model, tokenizer, config)
    rmtree(pretrained)
    loaded, its_tokenizer, _, _ = load_model(tmp_path / "model", torch.device("cpu"))
    assert predicted(loaded, its_tokenizer, toy_docs()) == predicted(model, tokenizer, toy_docs())


def test_the_copies_start_as_the_encoders_layers_and_are_trained_if_it_is_frozen(spert, encoder_folder):
    model = spert(encoder=HFEncoder(str(encoder_folder), freeze=True), rereader=TypedLayers(layers=1))
    model.build(Source(), toy_labels())
    pairs = zip(model.rereader.depths()[0], model.encoder.depths()[-1], strict=True)
    assert all(torch.equal(copy, own) and copy.requires_grad and not own.requires_grad for copy, own in pairs)


@pytest.mark.parametrize(("parts", "copied"), [(["encoder"], True), (["encoder", "rereader"], False)])
def test_the_copies_follow_an_initialized_encoder(spert, parts, copied):
    model = spert(rereader=TypedLayers(layers=1))
    model.build(Source(), toy_labels())
    assert set(parts) <= model.parts.keys()
    model.encoder.depths()[-1][0].data.fill_(3.0)
    model.initialized(parts)
    assert bool((model.rereader.depths()[0][0] == 3.0).all()) is copied


def test_copied_layers_have_the_factors_of_the_encoders(spert):
    model = spert(rereader=TypedLayers(layers=2))
    model.build(Source(), toy_labels())
    groups = BertAdamWSpec(lr=0.1, layer_decay=0.5, rates={"rereader": 2.0}).create(model).param_groups
    held = {id(p): group["lr"] for group in groups for p in group["params"]}
    low, high = ({held[id(p)] for p in layer} for layer in model.rereader.depths())
    top = {held[id(p)] for p in model.encoder.depths()[-1]}
    rates = [*low, *high, *top, held[id(model.rereader.vectors)]]
    assert rates == pytest.approx([0.1, 0.2, 0.1, 0.2])


def test_without_relation_types_nothing_is_read_again(spert):
    model = spert(rereader=TypedLayers(layers=1))
    model.build(Source(), Labels(toy_labels().entities))
    assert model.rereader is None and not model.encoder.every_layer


def test_more_layers_than_the_encoder_has_are_refused(spert):
    with pytest.raises(BuildError, match="layers = 3, but BertModel has 2 layers"):
        spert(rereader=TypedLayers(layers=3)).build(Source(), toy_labels())


def test_a_view_of_another_width_is_refused(spert):
    model = spert(views=BiLSTMViews(hidden=3), rereader=TypedLayers(layers=1, view="bilstm"))
    with pytest.raises(
        BuildError, match="a state of view 'bilstm' is 6 wide, but the encoder's states are 16"
    ):
        model.build(Source(), toy_labels())


def test_a_model_with_a_rereader_is_not_pretrained(spert):
    with pytest.raises(BuildError, match="no objective trains a rereader"):
        _joint(spert(rereader=TypedLayers()))


@pytest.mark.parametrize("name", ["reread", "reread_gold", "reread_unmarked"])
def test_the_overlays_of_the_built_in_model(name):
    config = load_config("jointre/base", [f"ablations/jointre/{name}"])
    rereader = resolve(config, "model").rereader
    assert (rereader.marks, rereader.marked) == (
        name != "reread_unmarked",
        "gold" if "gold" in name else "found",
    )
