"""The context before a pair, between its spans, and after it."""

from collections.abc import Sequence

import torch
from torch import Tensor

from jointre.context_encoders.agents import word_range
from jointre.context_encoders.pooled_ranges import RangeContext, between
from jointre.data.batch import Batch
from jointre.data.stages import Pairs, Spans, View
from jointre.registry import registry


@registry.context_encoders("jointre.left_middle_right.v1")
class LeftMiddleRightContext(RangeContext):
    """ENPAR's context (ENPAR, Section 2.1): [left; middle; right] of a pair, each pooled by the same pooler.

    For the spans [s1, t1) and [s2, t2) in text order these are the words before s1, from t1 to s2, and from t2 on. If
    the spans overlap, the middle is empty and the right part begins after both. Both orders of a pair have the same
    context. Each range is pooled once for all pairs that share it.
    """

    parts = 3

    def ranges(self, view: View, spans: Spans, pairs: Pairs, batch: Batch) -> Sequence[Tensor]:
        """Return the ranges of left, middle and right; special pieces belong to none of them."""
        extents = spans.ranges(view.level)
        head, tail = extents[pairs.head], extents[pairs.tail]
        begin, end = word_range(batch, view.level)[pairs.doc].unbind(1)
        left = torch.stack([begin, torch.minimum(head[:, 0], tail[:, 0])], dim=1)
        right = torch.stack([torch.maximum(head[:, 1], tail[:, 1]), end], dim=1)
        return [left, between(spans, pairs, view.level), right]
