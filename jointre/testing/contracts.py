"""check_component: the contract checks for everything that can be registered."""

from collections.abc import Callable
from typing import Any

from jointre.breakdowns.base import Breakdown
from jointre.context_encoders.base import PairContext, SentenceContext
from jointre.decoders.base import Decoder
from jointre.encoders.base import Encoder
from jointre.engines.base import Engine
from jointre.entity_heads.base import EntityHead
from jointre.loggers.base import Logger
from jointre.losses.base import Loss
from jointre.metrics.base import Metric
from jointre.models.base import Model
from jointre.objectives.base import Objective
from jointre.optimizers.base import OptimizerSpec
from jointre.pair_extractors.base import PairExtractor
from jointre.poolers.base import Pooler
from jointre.readers.base import Reader
from jointre.relation_heads.base import RelationHead
from jointre.rereaders.base import Rereader
from jointre.samplers.base import PairSampler, SpanSampler
from jointre.schedules.base import Schedule
from jointre.segmenters.base import Segmenter
from jointre.span_extractors.base import SpanExtractor
from jointre.splitters.base import Splitter
from jointre.testing.breakdowns import check_breakdown
from jointre.testing.decoders import check_decoder
from jointre.testing.documents import (
    check_logger,
    check_metric,
    check_reader,
    check_segmenter,
    check_splitter,
    check_tokenizer,
)
from jointre.testing.engines import check_engine
from jointre.testing.objectives import check_objective
from jointre.testing.optimization import check_loss, check_optimizer_spec, check_schedule
from jointre.testing.overfit import check_model
from jointre.testing.pairs import (
    check_pair_context,
    check_pair_extractor,
    check_pair_sampler,
    check_relation_head,
)
from jointre.testing.rereaders import check_rereader
from jointre.testing.sequence import check_encoder, check_sentence_context, check_view_maker
from jointre.testing.spans import check_entity_head, check_pooler, check_span_extractor, check_span_sampler
from jointre.testing.writers import check_writer
from jointre.tokenizers.base import Tokenizer
from jointre.views.base import ViewMaker
from jointre.writers.base import Writer

CONTRACTS: dict[type, Callable[[Any], None]] = {
    Breakdown: check_breakdown,
    Decoder: check_decoder,
    Encoder: check_encoder,
    Engine: check_engine,
    EntityHead: check_entity_head,
    Logger: check_logger,
    Loss: check_loss,
    Metric: check_metric,
    Model: check_model,
    Objective: check_objective,
    OptimizerSpec: check_optimizer_spec,
    PairContext: check_pair_context,
    PairExtractor: check_pair_extractor,
    PairSampler: check_pair_sampler,
    Pooler: check_pooler,
    Reader: check_reader,
    RelationHead: check_relation_head,
    Rereader: check_rereader,
    Schedule: check_schedule,
    SentenceContext: check_sentence_context,
    SpanExtractor: check_span_extractor,
    SpanSampler: check_span_sampler,
    Segmenter: check_segmenter,
    Splitter: check_splitter,
    Tokenizer: check_tokenizer,
    ViewMaker: check_view_maker,
    Writer: check_writer,
}


def check_component(component: object) -> None:
    """Run the contract checks of every base class that ``component`` implements.

    The component must be made from hyper-parameters only and not be built; it is left unchanged. Encoders and
    tokenizers need files: `tiny_encoder_folder` writes some. Checking a model takes seconds, because it is trained.

    Raises:
        AssertionError: the first clause of the contract that is violated, in one sentence.
        TypeError: the component implements no contract of jointre.
    """
    kinds = [check for base, check in CONTRACTS.items() if isinstance(component, base)]
    if not kinds:
        raise TypeError(f"{type(component).__name__} implements no contract of jointre")
    for check in kinds:
        check(component)
