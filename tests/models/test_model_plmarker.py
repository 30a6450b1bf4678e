"""PL-Marker: levitated markers for spans, and for the tails of a head that is marked in the text."""

from dataclasses import replace
from math import log

import pytest
import torch
from built_in_configs import built_over, over_encoder, parts_of_config, single

from jointre.data.batch import Batch
from jointre.data.doc import Doc, Entity, Relation
from jointre.data.labels import Labels
from jointre.data.relation_classes import RelationClasses
from jointre.data.stages import Prediction
from jointre.decoders.flat import FlatDecoder
from jointre.encoders.base import Source
from jointre.errors import BuildError
from jointre.losses.entropy import CrossEntropy
from jointre.predict import Predictor
from jointre.relation_heads.decision import Decision
from jointre.serialize import load_model, save_model
from jointre.testing import check_model, tiny_encoder_folder, toy_batch, toy_docs, toy_labels

NARROW = "[model.entity_head.sampler]\nmax_width = 3\n"
SHARED = "[model.pair_extractor]\nencoder = null\n"
DOCS = [single(toy_docs()[number]) for number in (1, 2, 3, 8)]
SCIERC = Labels(
    ("Method", "Term", "Task", "Generic", "Material", "Metric"),
    ("CONJUNCTION", "COMPARE", "PART-OF", "USED-FOR", "FEATURE-OF", "EVALUATE-FOR", "HYPONYM-OF"),
    frozenset({"CONJUNCTION", "COMPARE"}),
)
SIX = Doc(["a", "b", "c", "d", "e", "f"], [Entity(0, 1, "Person"), Entity(2, 4, "Org")], id="six")


def over(folder, *overlays, **options):
    return over_encoder(folder, "plmarker/conll04", *overlays, **options)


@pytest.fixture(scope="module")
def random_model(encoder_folder):
    """A built model whose relation head finds many relations, its tokenizer and its config."""
    config = over(encoder_folder)
    model, tokenizer = built_over(config)
    maker = torch.Generator().manual_seed(4)
    for name, parameter in model.named_parameters():
        if name.startswith(("entity_head.classifier", "relation_head.")):
            parameter.data.normal_(0.0, 0.5, generator=maker)
    return model, tokenizer, config


@pytest.mark.parametrize("overlays", [(), (SHARED,)], ids=["its own", "shared"])
def test_learns_toy_documents_by_heart(encoder_folder, overlays):
    config = over(encoder_folder, NARROW, *overlays)
    model, tokenizer = parts_of_config(config)
    check_model(model, tokenizer=tokenizer, docs=DOCS, config=config)


def test_a_corpus_without_relation_types(encoder_folder):
    model, tokenizer = parts_of_config(over(encoder_folder, NARROW))
    labels = Labels(toy_labels().entities)
    check_model(model, labels, tokenizer, [replace(doc, relations=[]) for doc in DOCS[:2]])


def test_chunks_and_batch_mates_change_nothing(random_model):
    model, tokenizer, _ = random_model
    docs = toy_docs()
    found = list(Predictor(model, tokenizer, batch_pieces=4096, given=True)(docs))
    assert sum(len(doc.relations) for doc in found) > 10
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


def test_spans_do_not_depend_on_how_many_are_read_at_once(random_model):
    model, tokenizer, _ = random_model
    docs, extractor = toy_docs()[:4], model.entity_head.extractor
    found = list(Predictor(model, tokenizer)(docs))
    try:
        extractor.pieces = 10
        assert [doc.annotation() for doc in Predictor(model, tokenizer)(docs)] == [
            doc.annotation() for doc in found
        ]
    finally:
        extractor.pieces = 8192


def test_a_model_folder_has_the_markers(random_model, tmp_path):
    model, tokenizer, config = random_model
    save_model(tmp_path / "model", model, tokenizer, config)
    loaded, its_tokenizer, _, _ = load_model(tmp_path / "model", torch.device("cpu"))
    docs = toy_docs()
    both = (model, tokenizer), (loaded, its_tokenizer)
    given = [list(Predictor(*parts, given=True)(docs)) for parts in both]
    assert given[0] == given[1]
    assert torch.equal(loaded.pair_extractor.markers, model.pair_extractor.markers)


@pytest.fixture()
def read(encoder_folder, monkeypatch):
    """What the pair stage reads in training on `SIX`: the texts as pieces, and the positions of the objects."""
    model, tokenizer = built_over(over(encoder_folder))
    model.train()
    texts, positions = [], []
    encoder = model.pair_extractor.encoder
    levitate = encoder.levitate

    def watch(encoded, batch: Batch, ids, at, doc, pieces):
        texts.extend(tokenizer.hf.convert_ids_to_tokens(row) for row in batch.ids)
        positions.extend((row, *pair) for row, pair in zip(doc.tolist(), at.tolist(), strict=True))
        return levitate(encoded, batch, ids, at, doc, pieces)

    monkeypatch.setattr(encoder, "levitate", watch)
    terms = model(toy_batch([SIX], tokenizer=tokenizer))
    return [" ".join(text) for text in texts], positions, terms


def test_texts_and_positions_of_training(read):
    """Two heads, and the text without a head; each has both entities as objects, in its own positions."""
    texts, positions, terms = read
    expected = {
        "[CLS] [S] a [/S] b c d e f [SEP]": {(2, 2), (5, 6)},
        "[CLS] a b [S] c d [/S] e f [SEP]": {(1, 1), (4, 5)},
        "[CLS] a b c d e f [SEP] [S] [/S]": {(1, 1), (3, 4)},
    }
    found = {text: {(a, b) for row, a, b in positions if row == number} for number, text in enumerate(texts)}
    assert found == expected and len(positions) == 6
    assert len(terms["relation"].logits) == 2
    assert sorted(terms["object"].targets.tolist()) == [1, 1, 1, 2, 2, 2]


def test_an_object_around_the_head_is_moved_at_its_end_alone(encoder_folder):
    """The object [1, 5) around the head [2, 4) of six words: (2, 7)."""
    model, tokenizer = built_over(over(encoder_folder))
    doc = replace(SIX, entities=[Entity(2, 4, "Org"), Entity(1, 5, "Person")])
    extractor, seen = model.pair_extractor, []
    levitate = extractor.encoder.levitate
    extractor.encoder.levitate = lambda *args: seen.append(args[3]) or levitate(*args)
    list(Predictor(model, tokenizer, given=True)([doc]))
    assert [2, 7] in torch.cat(seen).tolist()


def test_long_texts_are_read_around_the_head(tmp_path):
    folder = tiny_encoder_folder(tmp_path / "short", max_position=24)
    model, tokenizer = built_over(over(folder))
    lengths = []
    model.pair_extractor.encoder.register_forward_hook(
        lambda _, args, __: lengths.append(args[0].ids.shape[1])
    )
    for n_words in (10, 22, 60):
        doc = Doc(["a"] * n_words, [Entity(0, 1, "Person"), Entity(n_words - 2, n_words, "Org")], id="long")
        [found] = Predictor(model, tokenizer, given=True)([doc])
        assert len(found.words) == n_words
    assert lengths == [14, 24, 24]


def test_classes_and_their_mirrors():
    """CONJUNCTION and COMPARE once, all others in both directions."""
    classes = RelationClasses(SCIERC, "mirrored")
    assert len(classes) == 12 and classes.names[:5] == (
        "CONJUNCTION",
        "COMPARE",
        "PART-OF@>",
        "PART-OF@<",
        "USED-FOR@>",
    )
    used = classes.names.index("USED-FOR@>")
    assert classes.names[classes.mirror[used]] == "USED-FOR@<"
    assert classes.mirror[0] == 0 and classes.mirror[1] == 1
    assert [classes.mirror[classes.mirror[column]] for column in range(12)] == list(range(12))


@pytest.mark.parametrize(
    ("label", "there", "back"), [("leads", "leads@>", "leads@<"), ("knows", "knows", "knows")]
)
def test_a_relation_has_a_class_in_both_orders(encoder_folder, label, there, back):
    model, tokenizer = built_over(over(encoder_folder))
    doc = replace(SIX, relations=[Relation(1, 0, label)])
    term = model.train()(toy_batch([doc], tokenizer=tokenizer))["relation"]
    names = ["none", *model.classes.names]
    assert [names[target] for target in term.targets] == [back, there]  # the pair in text order comes first


@pytest.mark.parametrize(
    ("there", "back", "winner", "score"),
    [
        ((0.30, 0.05, 0.40, 0.10, 0.10, 0.05), (0.50, 0.05, 0.05, 0.05, 0.30, 0.05), 0, log(0.15)),
        ((0.30, 0.05, 0.40, 0.10, 0.10, 0.05), (0.25, 0.05, 0.05, 0.05, 0.50, 0.10), 2, log(0.20)),
        ((0.10, 0.05, 0.10, 0.15, 0.55, 0.05), (0.10, 0.05, 0.60, 0.10, 0.10, 0.05), 4, log(0.33)),
    ],
)
def test_both_orders_are_decided_together(there, back, winner, score):
    """Classes: none, one symmetric type, P, U, and the inverses of P and U."""
    logits = torch.tensor([there, back]).log()
    output = Decision("softmax").both_ways(logits, [0, 3, 4, 1, 2])
    assert output.logits.argmax().item() == winner
    torch.testing.assert_close(output.logits.max(), torch.tensor(score))
    assert output.holds.sum() == (winner > 0) and (winner == 0 or output.holds[0, winner - 1])


def test_the_losses_of_a_pair_and_of_its_object():
    relation = CrossEntropy()(torch.tensor([[0.0, log(3), 0.0]]), torch.tensor([1]), torch.zeros(1))
    types = CrossEntropy()(torch.tensor([[2.0, 0.0, 0.0]]), torch.tensor([1]), torch.zeros(1))
    torch.testing.assert_close(relation + types, torch.tensor(2.75037), atol=1e-5, rtol=0)


def test_entities_of_one_type_exclude_each_other():
    """[1, 3) overlaps a likelier entity of its own type; [1, 2) is of another type."""
    words = torch.tensor([[0, 2], [1, 3], [1, 2]])
    label, score = torch.tensor([1, 1, 2]), torch.tensor([0.9, 0.8, 0.7])
    none = label[:0]
    found = Prediction(torch.zeros(3).long(), words, label, score, none, none, none, score[:0], label > 0)
    assert FlatDecoder(same_type=True)(found).entity_words.tolist() == [[0, 2], [1, 2]]
    assert FlatDecoder()(found).entity_words.tolist() == [[0, 2]]
    two = replace(found, entity_doc=torch.tensor([0, 1, 1]))
    assert FlatDecoder(same_type=True)(two).entity_words.tolist() == words.tolist()


def test_markers_start_from_the_embeddings_of_words(encoder_folder):
    model, tokenizer = built_over(over(encoder_folder, "[model.pair_extractor]\nprompt = true\n"))
    for reader, words in (
        (model.entity_head.extractor, ["entity"]),
        (model.pair_extractor, ["subject", "object"]),
    ):
        table = reader.reads_with.word_embeddings()
        prompts = [tokenizer.encode([Doc([word])])[0].ids[1] for word in words]
        starts, ends = reader.markers[::2].tolist(), reader.markers[1::2].tolist()
        assert all(torch.equal(table[marker], table[tokenizer.mask_id]) for marker in starts)
        assert all(
            torch.equal(table[marker], table[word]) for marker, word in zip(ends, prompts, strict=True)
        )


def test_one_class_per_pair_is_needed(encoder_folder):
    sigmoid = '[model.relation_head]\nactivation = "sigmoid"\n'
    model, _ = parts_of_config(over(encoder_folder, sigmoid))
    with pytest.raises(BuildError) as refused:
        model.build(Source(weights=False), toy_labels())
    assert "one class per pair" in refused.value.faults[0].what


def test_an_encoder_that_cannot_levitate_is_refused(tmp_path):
    from transformers import AutoConfig

    folder = tiny_encoder_folder(tmp_path / "distilbert")
    AutoConfig.for_model("distilbert", dim=16, n_layers=2, n_heads=2, hidden_dim=32).save_pretrained(folder)
    model, _ = parts_of_config(over(folder))
    with pytest.raises(BuildError) as refused:
        model.build(Source(weights=False), toy_labels())
    assert refused.value.faults[0].what == "LevitatedSpans levitates markers, which this encoder cannot read"


def test_number_of_parameters_on_scierc():
    """As published, but for the second bias of the relation scores, which adds nothing."""
    model, _ = parts_of_config(over_encoder("bert-base-cased", "plmarker/conll04"))
    with torch.device("meta"):
        model.build(Source(weights=False), SCIERC)

    def size(part):
        return sum(parameter.numel() for parameter in part.parameters())

    assert size(model.entity_head.classifier) == 21_511
    assert size(model.relation_head) + size(model.pair_extractor.classifier) == 50_721 - 13
