"""Tags and spans in one head, and the hard negatives of the span classifier."""

from dataclasses import replace
from itertools import combinations

import pytest
import torch
from torch import nn

from jointre.data.doc import Doc, Entity
from jointre.data.tags import TagSpace
from jointre.entity_heads import SpanClassifier, Tagger, TagsAndSpans
from jointre.entity_heads.tags_and_spans import nests
from jointre.poolers.reduce import MaxPooler
from jointre.samplers import AllSpans, CandidatePairs
from jointre.samplers.base import make_spans
from jointre.span_extractors import PooledSpanExtractor
from jointre.testing import toy_batch, toy_labels, toy_views
from jointre.testing.asserts import built, without_dropout
from jointre.testing.toy import toy_view_dims

SPACE = TagSpace("BIOES", toy_labels().entities)
ORG, PERSON, PLACE = 1, 2, 3


def classifier(max_width=4, negatives=3, **options):
    return SpanClassifier(
        AllSpans(max_width, negatives), PooledSpanExtractor(MaxPooler(), 3, summary=False), **options
    )


def made(threshold=0.5, **options):
    head = TagsAndSpans(Tagger(overlap="keep_outer"), classifier(**options), threshold)
    return without_dropout(built(head, lambda h: h.build(toy_view_dims(), toy_labels()))[0]).eval()


class Tags(nn.Module):
    """Gives the tags of one sentence."""

    def __init__(self, tags):
        super().__init__()
        self.tags = torch.tensor([SPACE.names.index(tag) for tag in tags.split()])

    def forward(self, words):
        return (5.0 * nn.functional.one_hot(self.tags, len(SPACE))).unsqueeze(0) + 0 * words.sum()


def told(tags, doc, likes, training=False, **options):
    """What the head makes of these tags if the classifier likes these extents: (start, end) -> (class, probability)."""
    head = made(**options).train(training)
    head.tagger.classifier = Tags(tags)

    def classify(views, spans):
        output = SpanClassifier.classify(head.spans, views, spans)
        typed = [likes.get(extent, (PLACE, 0.0)) for extent in map(tuple, spans.words.tolist())]
        label, score = zip(*typed, strict=True) if typed else ((), ())
        return replace(output, likeliest=torch.tensor(label), likeliest_score=torch.tensor(score))

    head.spans.classify = classify
    batch = toy_batch([doc], gold=training)
    return head(toy_views(batch), batch)


def found(output):
    """Extents and predicted classes of all candidates."""
    rows = zip(output.spans.words.tolist(), output.predicted.tolist(), strict=True)
    return [(*extent, label) for extent, label in rows]


def test_spans_nest_as_entities_do():
    """Every span of a sentence against all sets of up to three flat entities."""
    n = 6
    spans = [(s, e) for s in range(n) for e in range(s + 1, n + 1)]
    batch = toy_batch([Doc(["w"] * n), Doc(["w"] * (n + 1))], gold=False)
    every = make_spans(batch, torch.ones(len(spans), dtype=torch.int64), torch.tensor(spans))
    flat_sets = [
        flat
        for size in range(4)
        for flat in combinations(spans, size)
        if all(a[1] <= b[0] or b[1] <= a[0] for a, b in combinations(flat, 2))
    ]
    for flat in flat_sets:
        words = torch.tensor(flat, dtype=torch.int64).reshape(-1, 2)
        tagged = make_spans(batch, torch.ones(len(flat), dtype=torch.int64), words)
        others = [Entity(*extent, "X") for extent in flat]
        expected = [
            any(one.contains(other) or other.contains(one) for other in others)
            and not any(one.crosses(other) or one.extent == other.extent for other in others)
            for one in (Entity(*extent, "X") for extent in spans)
        ]
        assert nests(every, tagged, batch).tolist() == expected, flat


def test_spans_of_other_documents_do_not_nest():
    batch = toy_batch([Doc(["w"] * 4), Doc(["w"] * 4)], gold=False)
    tagged = make_spans(batch, torch.tensor([0]), torch.tensor([[0, 4]]))
    inside = make_spans(batch, torch.tensor([0, 1]), torch.tensor([[1, 2], [1, 2]]))
    assert nests(inside, tagged, batch).tolist() == [True, False]


def test_what_nests_is_added_and_what_crosses_or_lies_apart_is_not():
    likes = {
        (0, 2): (PERSON, 0.9),  # crosses
        (1, 4): (PERSON, 0.9),  # is tagged already
        (2, 3): (PLACE, 0.8),  # inside
        (3, 4): (PLACE, 0.5),  # inside, not above the threshold
        (1, 5): (ORG, 0.7),  # contains
        (5, 6): (ORG, 0.9),  # apart
    }
    output = told("O B-Org I-Org E-Org O O", Doc(list("abcdef")), likes)
    assert found(output) == [(1, 4, ORG), (2, 3, PLACE), (1, 5, ORG)]
    torch.testing.assert_close(output.score[1:], torch.tensor([0.8, 0.7]))
    tag = torch.tensor([5.0] + [0.0] * (len(SPACE) - 1)).softmax(dim=0)[0]
    torch.testing.assert_close(output.score[0], tag)
    assert output.gold is None and not output.terms
    assert all(torch.equal(both, output.predicted) for both in (output.typed[0], output.predicted))


def test_nothing_tagged_means_nothing_found():
    assert not found(told("O O O", Doc(list("abc")), {(0, 1): (ORG, 0.9), (0, 2): (ORG, 0.9)}))


def test_a_span_classifier_that_is_never_sure_leaves_the_tags():
    """With a threshold of 1 the head finds what its tagger finds, with the same scores and features."""
    head, batch = made(threshold=1.0), toy_batch(gold=False)
    views = toy_views(batch)
    output, tags = head(views, batch), head.tagger(views, batch)
    assert len(output.spans) > 20 and found(output) == found(tags)
    assert torch.equal(output.score, tags.score)
    rows = torch.arange(0, len(output.spans), 3)
    handed, own = output.features[rows], head.spans.extractor(views, output.spans[rows])
    assert torch.equal(handed.pooled, own.pooled) and torch.equal(handed.width, own.width)


def test_training_has_gold_first_then_what_is_found_beside_it():
    gold = [Entity(0, 3, "Org"), Entity(1, 2, "Place"), Entity(4, 6, "Person"), Entity(4, 5, "Place")]
    likes = {(1, 2): (PERSON, 0.8), (0, 1): (PLACE, 0.6), (4, 5): (PLACE, 0.9)}
    output = told("B-Org I-Org E-Org S-Org O O", Doc(list("abcdef"), gold), likes, training=True)
    # of gold, the outer Org is tagged and (1, 2) is added with a wrong type; nothing tagged contains (4, 5)
    expected = [(0, 3, ORG), (1, 2, PERSON), (4, 6, 0), (4, 5, 0), (3, 4, ORG), (0, 1, PLACE)]
    assert found(output) == expected
    assert output.gold.tolist() == [ORG, PLACE, PERSON, PLACE, 0, 0]
    assert output.gold_rows.tolist() == [0, 1, 2, 3]
    assert output.score[1].item() == pytest.approx(0.8) and output.score[5].item() == pytest.approx(0.6)


def test_both_losses_are_those_of_the_parts():
    head, batch = made().train(), toy_batch()
    views = toy_views(batch)
    output = head(views, batch)
    parts = {"tag": head.tagger, "entity": head.spans}
    assert output.terms.keys() == head.targets.keys() == parts.keys()
    for name, part in parts.items():
        expected = part(views, batch).terms["entity"]
        torch.testing.assert_close(output.terms[name].logits, expected.logits)
        assert torch.equal(output.terms[name].targets, expected.targets)


def test_pairs_of_the_union_join_nested_entities_with_others():
    gold = [Entity(0, 3, "Org"), Entity(1, 2, "Place"), Entity(4, 5, "Person")]
    doc = Doc(list("abcdef"), gold)
    batch = toy_batch([doc])
    output = told("B-Org I-Org E-Org O O O", doc, {(0, 1): (PLACE, 0.6)}, training=True)
    pairs = CandidatePairs("union").sample(output, batch, training=True)
    assert len(output.spans) == 4 and len(pairs) == 4 * 3


@pytest.mark.parametrize(
    ("entities", "reasons"),
    [
        ([(1, 4, "Org"), (3, 4, "Place")], [None, None]),
        ([(1, 4, "Org"), (3, 5, "Place")], [None, "crosses an entity that is tagged"]),
        ([(1, 4, "Org"), (1, 4, "Place")], [None, "a second type on one span"]),
        ([(1, 4, "Org"), (2, 3, "Org"), (2, 3, "Place")], [None, None, "a second type on one span"]),
        ([(0, 6, "Org"), (1, 6, "Place")], [None, "wider than max_width = 4 words"]),
        ([(0, 6, "Org"), (7, 8, "Place")], [None, None]),
    ],
)
def test_reach(entities, reasons):
    doc = Doc(list("abcdefgh"), [Entity(*entity) for entity in entities])
    assert made().unreachable(doc) == reasons


def test_a_tagger_with_an_extractor_is_refused():
    tagger = Tagger(extractor=PooledSpanExtractor(MaxPooler()))
    with pytest.raises(ValueError, match=r"tagger\.extractor must be null"):
        TagsAndSpans(tagger, classifier())


@pytest.mark.parametrize("propose", [1, 4])
def test_hard_negatives_are_the_likeliest_entities_that_are_neither_gold_nor_drawn(propose):
    head, batch = made(propose=propose).spans.train(), toy_batch()
    plain = made().spans.train()
    views = toy_views(batch)
    output, drawn = head(views, batch), plain(views, batch)
    n_drawn = len(drawn.spans)
    assert torch.equal(output.spans.keys()[:n_drawn], drawn.spans.keys())
    torch.testing.assert_close(output.terms["entity"].logits[:n_drawn], drawn.terms["entity"].logits)
    assert not output.terms["entity"].targets[n_drawn:].any()
    every = head.sampler.sample(batch, training=False)
    scores = dict(zip(every.keys().tolist(), head.classify(views, every).typed[1].tolist(), strict=True))
    known = set(drawn.spans.keys().tolist())
    for row in range(len(batch)):
        others = [
            (scores[key], key)
            for doc, key in zip(every.doc.tolist(), every.keys().tolist(), strict=True)
            if doc == row and key not in known
        ]
        expected = {key for _, key in sorted(others, reverse=True)[:propose]}
        proposed = output.spans.keys()[n_drawn:][output.spans.doc[n_drawn:] == row].tolist()
        assert len(proposed) == min(propose, len(others)) and set(proposed) == expected


def test_without_hard_negatives_and_in_prediction_nothing_changes():
    assert classifier().propose == 0
    batch = toy_batch(gold=False)
    views = toy_views(batch)
    one, other = (made(propose=propose).spans(views, batch) for propose in (0, 4))
    assert torch.equal(one.score, other.score) and torch.equal(one.predicted, other.predicted)


def test_scoring_proposals_leaves_gradients_as_they_are():
    """The states are read once without gradients first; the loss must reach them all the same."""
    batch = toy_batch()
    views = toy_views(batch)
    term = made(propose=4).spans.train()(views, batch).terms["entity"]
    term.logits.sum().backward()
    assert views["encoder"].states.grad.any()
