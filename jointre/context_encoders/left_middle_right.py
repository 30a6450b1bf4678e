"""What stands before a pair, between its spans, and after it."""

from collections.abc import Sequence

import torch
from torch import Tensor

from jointre.context_encoders.agents import word_range
from jointre.context_encoders.base import PairContext
from jointre.data.batch import Batch
from jointre.data.views import Column, Pairs, Spans, View
from jointre.nn.columns import side_by_side
from jointre.nn.ranges import distinct_ranges
from jointre.poolers.base import Pooler
from jointre.registry import registry
from jointre.views.base import Views, ViewWidths, view_dims


@registry.context_encoders("jointre.left_middle_right.v1")
class LeftMiddleRightContext(PairContext):
    """ENPAR's context (specification, section 2): [left; middle; right] of a pair, by one pooler.

    For the spans [s1, t1) and [s2, t2) in the order of the text: the words before s1, those from t1 to s2, those
    from t2 on. Of spans that overlap the middle is empty and the right begins after both. Both orders of a pair have
    one context. Each stretch is pooled once for all pairs that have it.

    Args:
        pooler: how a stretch is pooled; an empty one gives what the pooler gives for an empty range.
        view: name of the view to read.
    """

    def __init__(self, pooler: Pooler, view: str = "encoder") -> None:
        super().__init__()
        self.pooler = pooler
        self.view = view

    def build(self, views: ViewWidths) -> int:
        """Three times the pooler's width."""
        return 3 * self.pooler.build(view_dims(views, self.view, self).states)

    def forward(self, views: Views, spans: Spans, pairs: Pairs, batch: Batch) -> Tensor:
        """[P, 3 O]."""
        return side_by_side(self._pooled(views[self.view], spans, pairs, batch, once=False))

    def distinct(self, views: Views, spans: Spans, pairs: Pairs, batch: Batch) -> Sequence[Column]:
        """Left, middle and right, of each every stretch once; one row a pair where to find them would be waited for."""
        return self._pooled(views[self.view], spans, pairs, batch, once=not self.waits(pairs))

    def _pooled(self, view: View, spans: Spans, pairs: Pairs, batch: Batch, once: bool) -> Sequence[Column]:
        """Three columns; the pooler is called once."""
        every = torch.arange(len(pairs), device=pairs.doc.device)
        length = view.states.shape[1]
        doc, ranges, row = zip(
            *(
                distinct_ranges(pairs.doc, part, length) if once else (pairs.doc, part, every)
                for part in self._stretches(view, spans, pairs, batch)
            ),
            strict=True,
        )
        pooled = self.pooler(view, torch.cat(doc), torch.cat(ranges)).split([len(part) for part in doc])
        return list(zip(pooled, row, strict=True))

    def _stretches(self, view: View, spans: Spans, pairs: Pairs, batch: Batch) -> list[Tensor]:
        """Three times [P, 2] the stretches in the units of the view."""
        extents = spans.ranges(view.level)
        head, tail = extents[pairs.head], extents[pairs.tail]
        begin, end = word_range(batch, view.level)[pairs.doc].unbind(1)
        start = torch.minimum(head[:, 0], tail[:, 0])
        stop = torch.maximum(head[:, 1], tail[:, 1])
        between = torch.minimum(head[:, 1], tail[:, 1]), torch.maximum(head[:, 0], tail[:, 0])
        return [torch.stack(ends, dim=1) for ends in ((begin, start), between, (stop, end))]
