"""Span extractors: features of candidate spans."""

from jointre.span_extractors.base import SpanExtractor
from jointre.span_extractors.levitated import LevitatedSpans
from jointre.span_extractors.pooled import PooledSpanExtractor

__all__ = ["LevitatedSpans", "PooledSpanExtractor", "SpanExtractor"]
