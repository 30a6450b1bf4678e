"""Pair extractors: features of candidate pairs."""

from jointre.pair_extractors.base import PairExtractor
from jointre.pair_extractors.endpoint_pairs import EndpointPairs
from jointre.pair_extractors.marked_pairs import MarkedPairs
from jointre.pair_extractors.span_pairs import SpanPairs
from jointre.pair_extractors.subject_pairs import SubjectPairs
from jointre.pair_extractors.token_block import TokenBlock
from jointre.pair_extractors.typed_span_pairs import TypedSpanPairs

__all__ = [
    "EndpointPairs",
    "MarkedPairs",
    "PairExtractor",
    "SpanPairs",
    "SubjectPairs",
    "TokenBlock",
    "TypedSpanPairs",
]
