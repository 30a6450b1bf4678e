"""ENPAR's entity head: which spans are candidates, what they are trained on, and which are found."""

from dataclasses import replace

import pytest
import torch
from torch import nn

from jointre.data.doc import Doc, Entity
from jointre.data.labels import Labels
from jointre.data.progress import Progress
from jointre.data.tags import TagSpace
from jointre.entity_heads import TagThenClassify
from jointre.poolers import CNNPooler
from jointre.samplers.base import ENTITIES, TAGS, taught
from jointre.schedules import Constant, InverseSigmoid
from jointre.span_extractors import PooledSpanExtractor
from jointre.testing import toy_batch, toy_docs, toy_labels, toy_views
from jointre.testing.asserts import built, without_dropout
from jointre.testing.toy import toy_view_dims

SPACE = TagSpace("BIEOU", None)
DOC = Doc(list("abcdef"), [Entity(0, 2, "Org"), Entity(3, 4, "Person"), Entity(4, 6, "Place")])
FLAT = [doc for number, doc in enumerate(toy_docs()) if number not in (3, 4)]


class Says(nn.Module):
    """Gives the tags of sentences."""

    def __init__(self, *tags):
        super().__init__()
        self.tags = torch.tensor([[SPACE.names.index(tag) for tag in some.split()] for some in tags])

    def forward(self, words):
        return 5.0 * nn.functional.one_hot(self.tags, len(SPACE)).float() + 0 * words.sum()


def made(**options):
    extractor = PooledSpanExtractor(CNNPooler([2, 3], 4, 6), width_dim=0, summary=False)
    head = TagThenClassify(extractor, **options)
    return built(head, lambda h: h.build(toy_view_dims(), toy_labels()))[0]


def told(head, *tags, docs=(DOC,), training=True):
    """What a head makes of these tags."""
    head = without_dropout(head).train(training)
    head.classifier = Says(*tags)
    batch = toy_batch(docs, gold=training)
    return head(toy_views(batch), batch)


def extents(output):
    return list(map(tuple, output.spans.words.tolist()))


@pytest.mark.parametrize(
    ("tags", "spans"),
    [
        ("B E O U", [(0, 2), (3, 4)]),
        ("I I O E", [(0, 2), (3, 4)]),
        ("B B I", [(0, 1), (1, 3)]),
        ("B O E", [(0, 1), (2, 3)]),
        ("U I E", [(0, 1), (1, 3)]),
        ("E E", [(0, 1), (1, 2)]),
        ("B I O", [(0, 2)]),
    ],
)
def test_decoding_vectors(tags, spans):
    assert [(s, e) for s, e, _ in SPACE.decode(SPACE.names.index(tag) for tag in tags.split())] == spans
    output = told(made(), tags, docs=[Doc(["w"] * len(tags.split()))], training=False)
    assert extents(output) == spans


def test_tags_have_no_types_and_no_padding():
    head = made()
    assert head.space.names == ("O", "B", "I", "E", "U")
    assert head.classifier.weight.shape[0] == 5 and head.types.weight.shape == (4, 6)


def test_candidates_of_training_are_gold_and_what_is_decoded_beside_it():
    output = told(made(), "B E U U U O")
    assert extents(output) == [(0, 2), (3, 4), (4, 6), (2, 3), (4, 5)]
    assert output.gold.tolist() == [1, 2, 3, 0, 0]
    term = output.terms["entity"]
    assert torch.equal(term.targets, output.gold) and len(term.logits) == 5
    assert output.terms["tag"].targets.tolist() == [SPACE.names.index(tag) for tag in "BEOUBE"]


def test_a_taught_sentence_has_no_candidates_but_gold():
    output = told(made(teacher=Constant(1.0)), "B E U U U O")
    assert extents(output) == [(0, 2), (3, 4), (4, 6)]


def test_a_gold_span_that_was_not_tagged_is_typed_as_well():
    output = told(made(), "O O O O O O")
    expected = made().types(output.features.concatenated()).argmax(dim=1)
    assert torch.equal(output.predicted, expected)


def test_every_candidate_has_the_likeliest_class_of_its_vector():
    head, batch = made(), toy_batch(gold=False)
    views = toy_views(batch)
    output = head(views, batch)
    probs = head.types(head.extractor(views, output.spans).pooled).softmax(dim=1)
    assert len(output.spans) > 20
    assert torch.equal(output.predicted, probs.argmax(dim=1))
    torch.testing.assert_close(output.score, probs.max(dim=1).values)
    assert torch.equal(output.likeliest, 1 + probs[:, 1:].argmax(dim=1))


def test_the_extractor_is_built_without_relation_types_too():
    head = TagThenClassify(PooledSpanExtractor(CNNPooler(hidden=6), width_dim=0, summary=False))
    assert head.build(toy_view_dims(), Labels(("Org",))).total == 6


def test_teachers_follow_their_schedule_and_are_drawn_for_tags_and_entities_independently():
    batch = toy_batch([replace(DOC, words=[f"w{n}", *DOC.words[1:]]) for n in range(600)])
    for epoch, share in ((5.5, 1.0), (6.0, 0.682), (10.9, 0.362), (200.0, 0.0)):
        now = replace(batch, progress=Progress(epoch=epoch))
        tags, entities = (taught(InverseSigmoid(), now, draw) for draw in (TAGS, ENTITIES))
        for drawn in (tags, entities):
            assert float(drawn.float().mean()) == pytest.approx(share, abs=0.06)
        both = float((tags & entities).float().mean())
        assert both == pytest.approx(share**2, abs=0.06)
        assert torch.equal(tags, taught(InverseSigmoid(), now, TAGS))


def test_without_a_teacher_nothing_is_taught():
    assert not taught(None, toy_batch(FLAT), TAGS).any()
