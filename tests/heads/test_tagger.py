"""The tagger: what it is trained on, what it finds, and what it refuses."""

from collections import Counter

import pytest
import torch
from torch import nn

from jointre.data import host_copies
from jointre.data.doc import Doc, Entity
from jointre.data.labels import Labels
from jointre.data.report import CorpusError
from jointre.data.tags import TagSpace
from jointre.entity_heads.tagger import Tagger
from jointre.errors import BuildError
from jointre.losses.entropy import CrossEntropy
from jointre.nn.crf import FORBIDDEN, prefixes
from jointre.poolers.reduce import MaxPooler
from jointre.span_extractors.pooled import PooledSpanExtractor
from jointre.testing import toy_batch, toy_docs, toy_labels, toy_views
from jointre.testing.asserts import built, without_dropout
from jointre.testing.toy import toy_view_dims
from jointre.views.base import View

SPACE = TagSpace("BIOES", toy_labels().entities)
FLAT = [doc for number, doc in enumerate(toy_docs()) if number not in (3, 4)]
CRF = {"crf": True, "decode": "viterbi"}


def made(**options):
    head, _ = built(Tagger(**options), lambda h: h.build(toy_view_dims(), toy_labels()))
    return head


class Says(nn.Module):
    """Gives the tags of one sentence, each with the probability that goes with its logit."""

    def __init__(self, tags, logit=5.0):
        super().__init__()
        self.tags, self.logit = torch.tensor([SPACE.names.index(tag) for tag in tags.split()]), logit

    def forward(self, words):
        logits = self.logit * nn.functional.one_hot(self.tags, len(SPACE)).float()
        return logits.unsqueeze(0) + 0 * words.sum()


def told(tags, doc, training=False, **options):
    """What the tagger makes of these tags for ``doc``."""
    head = without_dropout(made(**options))
    head.classifier = Says(tags)
    batch = toy_batch([doc], gold=training)
    return head.train(training)(toy_views(batch), batch)


def found(output):
    """Extents and predicted classes of all candidates."""
    rows = zip(output.spans.words.tolist(), output.predicted.tolist(), strict=True)
    return [(*extent, label) for extent, label in rows]


@pytest.mark.parametrize("level", ["piece", "word"])
@pytest.mark.parametrize("word", ["first", "last", "mean"])
def test_the_loss_has_a_row_for_each_word_and_no_other(word, level):
    """Cross-entropy of a linear classifier of each word, against its gold tag."""
    head, batch = without_dropout(made(word=word)), toy_batch(FLAT)
    views = toy_views(batch, level)
    term = head(views, batch).terms["entity"]
    rows = []
    for row, doc in enumerate(FLAT):
        spans = [(e.start, e.end, toy_labels().entities.index(e.label) + 1) for e in doc.entities]
        for place, tag in enumerate(SPACE.encode(spans, len(doc.words))):
            start, end = (place, place + 1) if level == "word" else batch.word_pieces[row, place].tolist()
            cut = views["encoder"].states[row, start:end]
            state = {"first": cut[0], "last": cut[-1], "mean": cut.mean(dim=0)}[word]
            rows.append((head.classifier(state), tag, row))
    logits, tags, group = zip(*rows, strict=True)
    torch.testing.assert_close(term.logits, torch.stack(logits))
    assert (term.targets.tolist(), term.group.tolist()) == (list(tags), list(group))


def test_the_loss_of_the_crf_is_the_likelihood_of_the_sentences_over_their_words():
    head, batch = without_dropout(made(**CRF)), toy_batch(FLAT)
    views = toy_views(batch)
    term = head(views, batch).terms["entity"]
    logits = head.classifier(views["encoder"].states)
    chain = head.chain.chain(0.0)
    total = 0.0
    for row, doc in enumerate(FLAT):
        first = batch.word_pieces[row, : len(doc.words), 0]
        emissions = logits[row, first].unsqueeze(0)
        tags = term.targets[term.group == row]
        score = chain.first[tags[0]] + chain.last[tags[-1]] + chain.between[tags[:-1], tags[1:]].sum()
        score = score + emissions[0].gather(1, tags.unsqueeze(1)).sum()
        allowed = head.chain.chain(FORBIDDEN)
        total += (prefixes(emissions, allowed)[0, -1] + allowed.last).logsumexp(0) - score
    expected = total / sum(len(doc.words) for doc in FLAT)
    torch.testing.assert_close(CrossEntropy()(term.logits, term.targets, term.group), expected)


def test_training_begins_with_gold_and_goes_on_with_what_is_predicted_beside_it():
    doc = Doc(
        ["a", "b", "c", "d", "e", "f"], [Entity(0, 2, "Org"), Entity(3, 4, "Person"), Entity(4, 6, "Place")]
    )
    output = told("B-Org E-Org S-Org S-Org S-Place O", doc, training=True)
    assert found(output) == [(0, 2, 1), (3, 4, 1), (4, 6, 0), (2, 3, 1), (4, 5, 3)]
    assert output.gold.tolist() == [1, 2, 3, 0, 0]
    assert output.gold_rows.tolist() == [0, 1, 2]


def test_all_gold_is_a_candidate_where_entities_overlap():
    """Two types on one span, and a nested entity: each row is told of its own extent."""
    doc = Doc(["a", "b", "c"], [Entity(0, 3, "Org"), Entity(0, 1, "Place"), Entity(0, 3, "Person")])
    output = told("B-Org I-Org E-Org", doc, training=True, overlap="keep_inner")
    assert found(output) == [(0, 3, 1), (0, 1, 0), (0, 3, 1)]
    assert output.gold.tolist() == [1, 3, 2]


@pytest.mark.parametrize(
    ("decode", "spans"),
    [
        ("lenient", [(0, 1, 1), (1, 3, 3), (4, 5, 2)]),
        ("strict", [(4, 5, 2)]),
        ("viterbi", [(0, 3, 3), (4, 5, 2)]),
    ],
)
def test_prediction_gives_the_decoded_spans(decode, spans):
    output = told("B-Org I-Place E-Place O S-Person", Doc(list("abcde")), decode=decode)
    assert found(output) == spans
    assert output.gold is None and not output.terms


def test_the_score_is_the_geometric_mean_of_the_probabilities_of_the_tags():
    head, batch = made(), toy_batch(gold=False)
    views = toy_views(batch)
    output = head(views, batch)
    assert len(output.spans) > 20
    for row in range(len(output.spans)):
        doc, (start, end) = output.spans.doc[row], output.spans.words[row].tolist()
        first = batch.word_pieces[doc, start:end, 0]
        likeliest = head.classifier(views["encoder"].states[doc, first]).softmax(dim=1).max(dim=1).values
        torch.testing.assert_close(output.score[row], likeliest.prod() ** (1 / (end - start)))


def test_only_what_the_scheme_allows_is_found_by_viterbi():
    for options in ({"decode": "viterbi"}, CRF):
        head, batch = made(**options), toy_batch(gold=False)
        output = head(toy_views(batch), batch)
        taken = Counter(
            (doc, word)
            for doc, (start, end) in zip(output.spans.doc.tolist(), output.spans.words.tolist(), strict=True)
            for word in range(start, end)
        )
        assert taken and max(taken.values()) == 1


NESTED, CROSSING = toy_docs()[3], toy_docs()[4]


@pytest.mark.parametrize(
    ("overlap", "nested", "crossing"),
    [
        ("keep_outer", "O B-Org I-Org E-Org O S-Person O", "O B-Org I-Org E-Org O O O O"),
        ("keep_inner", "O O O S-Place O S-Person O", "O O O B-Place E-Place O O O"),
    ],
)
def test_of_overlapping_entities_the_chosen_ones_are_tagged(overlap, nested, crossing):
    head, batch = made(overlap=overlap).train(), toy_batch([NESTED, CROSSING])
    targets = head(toy_views(batch), batch).terms["entity"].targets.tolist()
    assert [SPACE.names[tag] for tag in targets] == f"{nested} {crossing}".split()
    assert head.admit([NESTED, CROSSING]) == []


@pytest.mark.parametrize("options", [{}, CRF])
def test_the_words_of_a_dropped_sentence_have_no_loss(options):
    head, docs = without_dropout(made(overlap="drop_sentence", **options)), [NESTED, *FLAT[:2], CROSSING]
    with_them, without = (toy_batch(some) for some in (docs, docs[1:3]))
    term, expected = (head(toy_views(batch), batch).terms["entity"] for batch in (with_them, without))
    torch.testing.assert_close(term.logits, expected.logits)
    assert term.targets.tolist() == expected.targets.tolist()
    assert set(term.group.tolist()) == {1, 2}
    only = toy_batch([NESTED])
    none = head(toy_views(only), only).terms["entity"]
    assert len(none.logits) == 0 and none.logits.requires_grad
    assert head.admit(docs) == ["2 of 4 training documents have overlapping entities and no entity loss"]


def test_overlapping_entities_are_refused_with_counts_and_places():
    with pytest.raises(CorpusError, match="overlap in 2 of 12 training documents: set") as error:
        Tagger().admit(toy_docs())
    assert [(fault.where, fault.what) for fault in error.value.faults] == [
        ("toy-3", "1 of 3 entities overlap others"),
        ("toy-4", "1 of 2 entities overlap others"),
    ]
    batch = toy_batch([NESTED])
    with pytest.raises(CorpusError):
        made().train()(toy_views(batch), batch)


@pytest.mark.parametrize(
    ("overlap", "rows"),
    [("refuse", [1]), ("drop_sentence", [1]), ("keep_outer", [1]), ("keep_inner", [0])],
)
def test_an_entity_that_overlaps_another_is_out_of_reach(overlap, rows):
    reasons = Tagger(overlap=overlap).unreachable(NESTED)
    assert [row for row, reason in enumerate(reasons) if reason] == rows
    assert {reason for reason in reasons if reason} == {"overlaps another entity, and a word has one tag"}


def test_a_second_type_on_one_span_is_out_of_reach():
    doc = Doc(["a"], [Entity(0, 1, "Org"), Entity(0, 1, "Place")])
    assert Tagger().unreachable(doc) == [None, "a second type on one span"]


def test_tags_without_types_serve_one_type():
    head = Tagger("BIO", typed=False)
    head.build(toy_view_dims(), Labels(("Drug",)))
    assert head.classifier.weight.shape[0] == 3
    with pytest.raises(BuildError, match="typed = false, but there are 3 entity types"):
        Tagger(typed=False).build(toy_view_dims(), toy_labels())


def test_a_crf_is_decoded_by_viterbi():
    with pytest.raises(ValueError, match='needs decode = "viterbi"'):
        Tagger(crf=True)


def test_the_extractor_is_for_the_relation_stage():
    """What it gives are the features handed on; without relation types it is not built."""
    options = {"extractor": PooledSpanExtractor(MaxPooler(), 3)}
    head, batch = made(**options), toy_batch(gold=False)
    views = toy_views(batch)
    output = head(views, batch)
    rows = torch.arange(0, len(output.spans), 3)
    handed, own = output.features[rows], head.extractor(views, output.spans[rows])
    assert torch.equal(handed.pooled, own.pooled) and torch.equal(handed.width, own.width)
    alone, dims = built(Tagger(**options), lambda h: h.build(toy_view_dims(), Labels(("Org",))))
    assert dims.total == 0 and not list(alone.extractor.parameters())


@pytest.mark.parametrize("options", [{}, {"decode": "strict", "word": "mean"}, CRF])
@pytest.mark.parametrize("level", ["piece", "word"])
def test_a_step_of_training_waits_for_the_tags_alone(options, level, monkeypatch):
    """On the meta device whatever reads a value raises; no span is taken to be found."""
    meta = torch.device("meta")
    batch = toy_batch(FLAT)
    views = {
        name: View(
            torch.empty_like(view.states, device=meta, requires_grad=True),
            view.mask.to(meta),
            level,
            view.summary.to(meta),
        )
        for name, view in toy_views(batch, level).items()
    }
    head = Tagger(extractor=PooledSpanExtractor(MaxPooler(), 3), **options)
    with meta:
        head.build(toy_view_dims(), toy_labels())
    head.to(meta).train()
    with pytest.raises(RuntimeError, match="copy out of meta"):
        head(views, batch.to(meta))
    asked = []

    def nothing(wanted):
        asked.append(1)
        return [torch.zeros(tensor.shape, dtype=tensor.dtype) for tensor in wanted]

    monkeypatch.setattr(host_copies, "read", nothing)
    output = head(views, batch.to(meta))
    term = output.terms["entity"]
    assert CrossEntropy()(term.logits, term.targets, term.group).requires_grad and asked == [1]
    assert output.features[output.gold_rows].pooled.device == meta
