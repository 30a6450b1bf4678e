"""Contexts pooled from a stretch of the sentence: between the pair, or all of it."""

from abc import abstractmethod
from collections.abc import Sequence

import torch
from torch import Tensor

from jointre.context_encoders.agents import word_range
from jointre.context_encoders.base import PairContext
from jointre.data.batch import Batch
from jointre.data.views import Column, Pairs, Spans, View
from jointre.nn.ranges import distinct_ranges
from jointre.poolers.base import Pooler
from jointre.registry import registry
from jointre.views.base import Views, ViewWidths, view_dims


class PooledContext(PairContext):
    """A pooled range a pair; subclasses say which.

    Args:
        pooler: how the range is pooled; an empty range gives zeros.
        view: name of the view to read.
    """

    def __init__(self, pooler: Pooler, view: str = "encoder") -> None:
        super().__init__()
        self.pooler = pooler
        self.view = view

    def build(self, views: ViewWidths) -> int:
        """The pooler's width."""
        return self.pooler.build(view_dims(views, self.view, self).states)

    def forward(self, views: Views, spans: Spans, pairs: Pairs, batch: Batch) -> Tensor:
        """[P, C]."""
        view = views[self.view]
        return self.pooler(view, pairs.doc, self.ranges(view, spans, pairs, batch))

    def distinct(self, views: Views, spans: Spans, pairs: Pairs, batch: Batch) -> Sequence[Column]:
        """One context a range: far fewer than pairs where spans share their ends."""
        if self.one_per != "pair" or self.waits(pairs):
            return super().distinct(views, spans, pairs, batch)
        view = views[self.view]
        ranges = self.ranges(view, spans, pairs, batch)
        doc, ranges, row = distinct_ranges(pairs.doc, ranges, view.states.shape[1])
        return [(self.pooler(view, doc, ranges), row)]

    @abstractmethod
    def ranges(self, view: View, spans: Spans, pairs: Pairs, batch: Batch) -> Tensor:
        """[P, 2] the range of each pair in the units of the view."""


@registry.context_encoders("jointre.localized.v1")
class LocalizedContext(PooledContext):
    """SpERT's localized context (section 2.5): the units strictly between the two spans.

    Adjacent, overlapping and nested pairs have none: zeros.
    """

    def ranges(self, view: View, spans: Spans, pairs: Pairs, batch: Batch) -> Tensor:
        """From the end of the earlier span to the start of the later one."""
        extents = spans.ranges(view.level)
        head, tail = extents[pairs.head], extents[pairs.tail]
        forward = torch.stack([head[:, 1], tail[:, 0]], dim=1)
        backward = torch.stack([tail[:, 1], head[:, 0]], dim=1)
        return torch.where((head[:, 1] < tail[:, 0]).unsqueeze(1), forward, backward)


@registry.context_encoders("jointre.full.v1")
class FullContext(PooledContext):
    """SpERT's ablation "full" (Figure 3): all words of the sentence, the same for all its pairs.

    Special tokens stay out.
    """

    one_per = "document"

    def ranges(self, view: View, spans: Spans, pairs: Pairs, batch: Batch) -> Tensor:
        """From the first word to the last."""
        return word_range(batch, view.level)[pairs.doc]
