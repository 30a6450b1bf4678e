"""The forward pass of a training step asks the device for no number: a GPU would be waited for.

On the ``meta`` device tensors have shapes and no values, so whatever reads one, or makes a tensor whose size depends
on one, raises.
"""

from dataclasses import replace

import pytest
import torch

from jointre.context_encoders import ClsPairContext, CrossTaskAttention, FullContext, LocalizedContext
from jointre.data.stages import Encoded, EncoderDims, SpanDims, Spans, ViewDims
from jointre.encoders.base import UpperLayers
from jointre.encoders.hf import HFEncoder
from jointre.entity_heads.span_classifier import SpanClassifier
from jointre.losses.entropy import BinaryCrossEntropy, CrossEntropy
from jointre.nn.ranges import distinct_ranges, range_max
from jointre.pair_extractors import SpanPairs, TypedSpanPairs
from jointre.poolers.reduce import FirstPooler, MaxPooler, MeanPooler
from jointre.relation_heads.linear import LinearRelationHead
from jointre.rereaders import TypedLayers
from jointre.samplers.pairs import EntityPairs
from jointre.samplers.spans import AllSpans
from jointre.span_extractors.pooled import PooledSpanExtractor
from jointre.testing import toy_batch, toy_labels, toy_views
from jointre.testing.toy import toy_entities, toy_view_dims
from jointre.views import IdentityViews, TaskProjection
from jointre.views.base import View

META = torch.device("meta")


def without_values(view):
    """The view on the meta device; its states want a gradient."""
    states = torch.empty(view.states.shape, device=META, requires_grad=True)
    return View(states, view.mask.to(META), view.level, view.summary.to(META))


@pytest.mark.parametrize("pairs_of", [SpanPairs, TypedSpanPairs])
@pytest.mark.parametrize("level", ["word", "piece"])
@pytest.mark.parametrize("pooler", [MaxPooler, MeanPooler, FirstPooler])
@pytest.mark.parametrize(
    "context",
    [lambda: LocalizedContext(MaxPooler()), lambda: FullContext(MeanPooler()), ClsPairContext, lambda: None],
)
def test_spert_after_the_encoder(level, pooler, context, pairs_of):
    labels, batch = toy_labels(), toy_batch()
    views = {name: without_values(view) for name, view in toy_views(batch, level).items()}
    batch = batch.to(META)
    with META:
        head = SpanClassifier(AllSpans(4, 5), PooledSpanExtractor(pooler(), 3))
        dims = head.build(toy_view_dims(), labels)
        extractor, relations = pairs_of(context()), LinearRelationHead()
        relations.build(extractor.build(toy_view_dims(), dims, labels), labels.relations)
    for part in (head, extractor, relations):
        part.train()
    entities = head(views, batch)
    pairs = EntityPairs(5).sample(entities, batch, training=True)
    output = relations(extractor(views, entities, pairs, batch), len(pairs))
    term = entities.terms["entity"]
    loss = CrossEntropy()(term.logits, term.targets, term.group)
    loss = loss + BinaryCrossEntropy()(output.logits, pairs.targets, pairs.doc)
    assert loss.requires_grad and loss.device == META


@pytest.mark.parametrize("level", ["word", "piece"])
@pytest.mark.parametrize("agent", ["cls", "max", "mean"])
@pytest.mark.parametrize("include_sep", [True, False])
def test_sinet_after_the_encoder(level, agent, include_sep):
    labels, batch = toy_labels(), toy_batch()
    states = toy_views(batch, level)["encoder"].states.shape
    encoded = Encoded((torch.empty(batch.ids.shape + states[2:], device=META, requires_grad=True),))
    batch = batch.to(META)
    with META:
        views, context = (
            TaskProjection(views=IdentityViews(level)),
            CrossTaskAttention(2, agent=agent, include_sep=include_sep),
        )
        widths = context.build(views.build(EncoderDims(states[2], 2)))
        head = SpanClassifier(AllSpans(4, 5), PooledSpanExtractor(MaxPooler(), 3, view="entity"))
        dims = head.build(widths, labels)
        extractor = SpanPairs(
            LocalizedContext(MaxPooler()), pooler=MaxPooler(), summary=True, view="relation"
        )
        relations = LinearRelationHead()
        relations.build(extractor.build(widths, dims, labels), labels.relations)
    seen = context.train()(views.train()(encoded, batch), batch)
    for part in (head, extractor, relations):
        part.train()
    entities = head(seen, batch)
    pairs = EntityPairs(5).sample(entities, batch, training=True)
    output = relations(extractor(seen, entities, pairs, batch), len(pairs))
    assert output.logits.requires_grad and output.logits.device == META


class States(UpperLayers):
    """Upper layers that change nothing."""

    def forward(self, states, batch):
        return states

    def depths(self):
        return []


@pytest.mark.parametrize("marked", ["found", "gold"])
def test_reading_again(marked):
    batch = toy_batch()
    entities = toy_entities(batch, SpanDims(6, 3, 5))
    gold, label = (entities.gold.to(META), entities.predicted.to(META))
    spans = Spans(
        *(part.to(META) for part in (entities.spans.doc, entities.spans.words, entities.spans.pieces))
    )
    views = {name: without_values(view) for name, view in toy_views(batch).items()}
    states = views["encoder"].states
    encoder = HFEncoder("any")
    encoder.upper_layers = lambda count: States()
    part = TypedLayers(1, marked=marked)
    with META:
        part.build(
            encoder, EncoderDims(states.shape[2], 2), {"encoder": ViewDims(states.shape[2])}, toy_labels()
        )
    new = replace(entities, spans=spans, gold=gold, predicted=label)
    found = part.train()(Encoded((states, states)), views, new, label, batch.to(META))
    assert found["encoder"].states.requires_grad and found["encoder"].states.device == META


def test_what_waits_raises_here():
    doc, ranges = (torch.zeros(*shape, dtype=torch.int64, device=META) for shape in ((3,), (3, 2)))
    with pytest.raises(RuntimeError):
        distinct_ranges(doc, ranges, 4)
    assert range_max(torch.zeros(1, 4, 2, device=META), doc, ranges).shape == (3, 2)
