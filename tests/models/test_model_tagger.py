"""Models with a tagger learn toy documents by heart: alone, and with SpERT's relation stage on the tagged spans."""

from dataclasses import replace

import pytest

from jointre.data.labels import Labels
from jointre.entity_heads import SpanClassifier, Tagger, TagsAndSpans
from jointre.poolers.reduce import MaxPooler
from jointre.samplers import AllSpans
from jointre.span_extractors.pooled import PooledSpanExtractor
from jointre.testing import check_model, toy_docs, toy_labels
from jointre.views import BiLSTMViews, IdentityViews

FLAT = [toy_docs()[number] for number in (1, 2, 5, 8)]
CRF = {"crf": True, "decode": "viterbi"}


@pytest.mark.parametrize(
    "options",
    [
        {"entity_head": Tagger()},
        {"entity_head": Tagger("BIO", **CRF, word="mean")},
        {
            "entity_head": Tagger(view="bilstm", dropout=0.0),
            "views": BiLSTMViews(IdentityViews("word"), hidden=16),
        },
    ],
    ids=["softmax", "crf", "bilstm"],
)
def test_entities_alone(spert, options):
    """A corpus without relation types."""
    docs = [replace(doc, relations=[]) for doc in FLAT]
    check_model(spert(**options), Labels(toy_labels().entities), docs=docs)


def test_with_the_relation_stage_of_spert(spert):
    head = Tagger(extractor=PooledSpanExtractor(MaxPooler()))
    check_model(spert(entity_head=head), docs=FLAT)


def test_nested_entities_with_a_span_classifier(spert):
    spans = SpanClassifier(AllSpans(4, 5), PooledSpanExtractor(MaxPooler()), propose=2)
    head = TagsAndSpans(Tagger(overlap="keep_outer"), spans)
    check_model(spert(entity_head=head), docs=[toy_docs()[number] for number in (1, 3, 8)])
