"""Helpers for tests of jointre and of its plugins: toy data, a tiny encoder, and the contract checks.

>>> from jointre.testing import check_component
>>> check_component(FirstPooler())
"""

from jointre.testing.breakdowns import check_breakdown
from jointre.testing.contracts import check_component
from jointre.testing.decoders import check_decoder
from jointre.testing.documents import (
    check_logger,
    check_metric,
    check_reader,
    check_segmenter,
    check_splitter,
    check_tokenizer,
)
from jointre.testing.encoder import tiny_encoder_folder
from jointre.testing.engines import check_engine
from jointre.testing.fake_gpu import fake_gpu
from jointre.testing.objectives import check_objective
from jointre.testing.optimization import check_loss, check_optimizer_spec, check_schedule
from jointre.testing.overfit import check_model, train_toy
from jointre.testing.pairs import (
    check_pair_context,
    check_pair_extractor,
    check_pair_sampler,
    check_relation_head,
)
from jointre.testing.panels import check_panel
from jointre.testing.renderers import check_renderer
from jointre.testing.rereaders import check_rereader
from jointre.testing.sequence import check_encoder, check_sentence_context, check_view_maker
from jointre.testing.spans import check_entity_head, check_pooler, check_span_extractor, check_span_sampler
from jointre.testing.taggers import check_tagger
from jointre.testing.toy import toy_batch, toy_docs, toy_labels, toy_views
from jointre.testing.writers import check_writer

__all__ = [
    "check_breakdown",
    "check_component",
    "check_decoder",
    "check_encoder",
    "check_engine",
    "check_entity_head",
    "check_logger",
    "check_loss",
    "check_metric",
    "check_model",
    "check_objective",
    "check_optimizer_spec",
    "check_pair_context",
    "check_pair_extractor",
    "check_pair_sampler",
    "check_panel",
    "check_pooler",
    "check_reader",
    "check_relation_head",
    "check_renderer",
    "check_rereader",
    "check_schedule",
    "check_segmenter",
    "check_sentence_context",
    "check_span_extractor",
    "check_span_sampler",
    "check_splitter",
    "check_tagger",
    "check_tokenizer",
    "check_view_maker",
    "check_writer",
    "fake_gpu",
    "tiny_encoder_folder",
    "toy_batch",
    "toy_docs",
    "toy_labels",
    "toy_views",
    "train_toy",
]
