"""Samplers: candidate spans and candidate pairs."""

from jointre.samplers.base import PairSampler, SpanSampler
from jointre.samplers.candidates import CandidatePairs
from jointre.samplers.pairs import EntityPairs
from jointre.samplers.spans import AllSpans

__all__ = ["AllSpans", "CandidatePairs", "EntityPairs", "PairSampler", "SpanSampler"]
