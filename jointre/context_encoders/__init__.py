"""Context encoders: sentence vectors for views, and vectors for what surrounds a pair."""

from jointre.context_encoders.base import PairContext, SentenceContext
from jointre.context_encoders.cls import ClsContext, ClsPairContext
from jointre.context_encoders.cross_task import CrossTaskAttention
from jointre.context_encoders.left_middle_right import LeftMiddleRightContext
from jointre.context_encoders.localized import FullContext, LocalizedContext
from jointre.context_encoders.pooled_ranges import RangeContext

__all__ = [
    "ClsContext",
    "ClsPairContext",
    "CrossTaskAttention",
    "FullContext",
    "LeftMiddleRightContext",
    "LocalizedContext",
    "PairContext",
    "RangeContext",
    "SentenceContext",
]
