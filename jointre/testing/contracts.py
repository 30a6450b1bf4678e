"""check_component: the contract checks for everything that can be registered."""

import inspect
from collections.abc import Callable

from jointre.attribution import ContractError, place_of
from jointre.breakdowns.base import Breakdown
from jointre.context_encoders.base import PairContext, SentenceContext
from jointre.data.stages import PairDims, SpanDims
from jointre.decoders.base import Decoder
from jointre.encoders.base import Encoder
from jointre.engines.base import Engine
from jointre.entity_heads.base import EntityHead
from jointre.errors import BuildError, described
from jointre.loggers.base import Logger
from jointre.losses.base import Loss
from jointre.metrics.base import Metric
from jointre.models.base import Model
from jointre.objectives.base import Objective
from jointre.optimizers.base import OptimizerSpec
from jointre.pair_extractors.base import PairExtractor
from jointre.panels.base import Panel
from jointre.poolers.base import Pooler
from jointre.readers.base import Reader
from jointre.relation_heads.base import RelationHead
from jointre.renderers.base import Renderer
from jointre.rereaders.base import Rereader
from jointre.samplers.base import PairSampler, SpanSampler
from jointre.schedules.base import Schedule
from jointre.segmenters.base import Segmenter
from jointre.span_extractors.base import SpanExtractor
from jointre.splitters.base import Splitter
from jointre.taggers.base import Tagger
from jointre.testing.asserts import named
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
from jointre.testing.panels import check_panel
from jointre.testing.renderers import check_renderer
from jointre.testing.rereaders import check_rereader
from jointre.testing.sequence import check_encoder, check_sentence_context, check_view_maker
from jointre.testing.spans import check_entity_head, check_pooler, check_span_extractor, check_span_sampler
from jointre.testing.taggers import check_tagger
from jointre.testing.writers import check_writer
from jointre.tokenizers.base import Tokenizer
from jointre.views.base import ViewMaker
from jointre.writers.base import Writer

CONTRACTS: dict[type, Callable[..., None]] = {
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
    Panel: check_panel,
    Pooler: check_pooler,
    Reader: check_reader,
    RelationHead: check_relation_head,
    Renderer: check_renderer,
    Rereader: check_rereader,
    Schedule: check_schedule,
    SentenceContext: check_sentence_context,
    SpanExtractor: check_span_extractor,
    SpanSampler: check_span_sampler,
    Segmenter: check_segmenter,
    Splitter: check_splitter,
    Tagger: check_tagger,
    Tokenizer: check_tokenizer,
    ViewMaker: check_view_maker,
    Writer: check_writer,
}


Dims = int | SpanDims | PairDims
READS = {"states", "spans", "dims"}
"""The arguments of checks that take the widths that a component reads."""


def check_component(component: object, dims: Dims | None = None) -> None:
    """Run the contract checks of every base class that ``component`` implements.

    The component must be made from hyper-parameters only and not be built; it is left unchanged. Encoders and
    tokenizers need files: `tiny_encoder_folder` writes some. Checking a model takes seconds, because it is trained.

    Args:
        component: the component.
        dims: the widths that it reads, if it cannot use the small ones of the toy data: a number for the states of
            views, `SpanDims` for the spans of a pair extractor, `PairDims` for a relation head.

    Raises:
        AssertionError: the first clause of the contract that is violated, in one sentence. Whatever the component
            raises itself is such a violation, too.
        TypeError: the component implements no contract of jointre, or none that reads such widths.
    """
    kinds = [base for base in CONTRACTS if isinstance(component, base)]
    if not kinds:
        raise TypeError(f"{named(component)} implements no contract of jointre")
    for base in kinds:
        given = {} if dims is None else {_reads(base, dims): dims}
        try:
            CONTRACTS[base](component, **given)
        except AssertionError:
            raise
        except Exception as error:
            raise AssertionError(_raised(component, error, base, dims)) from error


def _reads(base: type, dims: Dims) -> str:
    """Return the argument of the check of a contract that takes these widths."""
    parameters = inspect.signature(CONTRACTS[base]).parameters
    kind = "states" if isinstance(dims, int) else "spans" if isinstance(dims, SpanDims) else "dims"
    if kind not in parameters:
        raise TypeError(f"a {base.__name__} is not checked with {dims!r}; leave dims out")
    return kind


def _raised(component: object, error: Exception, base: type, dims: Dims | None) -> str:
    """Return what a component raised in the check of a contract, and where in its code."""
    if isinstance(error, ContractError):
        return str(error)
    if isinstance(error, BuildError):
        what = "; ".join(fault.what for fault in error.faults) or error.title
        if not READS & inspect.signature(CONTRACTS[base]).parameters.keys():
            return f"{named(component)} cannot be built for the toy data: {what}"
        remedy = "" if dims else "; pass widths that it can use: check_component(component, dims=...)"
        return f"{named(component)} refuses the widths of the toy data: {what}{remedy}"
    where = place_of(error, component) or "in code that jointre called"
    return f"{named(component)} failed {where}: {described(error)}"
