"""Contexts of one or several pooled ranges of the sentence."""

from abc import abstractmethod
from collections.abc import Sequence

import torch
from torch import Tensor

from jointre.context_encoders.base import PairContext
from jointre.data.batch import Batch
from jointre.data.stages import Column, Level, Pairs, Spans, View
from jointre.nn.columns import side_by_side
from jointre.nn.ranges import distinct_ranges
from jointre.poolers.base import Pooler
from jointre.views.base import Views, ViewWidths, view_dims


class RangeContext(PairContext):
    """``parts`` ranges of the sentence per pair, pooled by one pooler and concatenated; subclasses define the ranges.

    Args:
        pooler: pools a range; an empty range gives what the pooler gives for it.
        view: name of the view to read.
    """

    parts: int = 1

    def __init__(self, pooler: Pooler, view: str = "encoder") -> None:
        super().__init__()
        self.pooler = pooler
        self.view = view

    def build(self, views: ViewWidths) -> int:
        """Return ``parts`` times the width of the pooler."""
        return self.parts * self.pooler.build(view_dims(views, self.view, self).states)

    def forward(self, views: Views, spans: Spans, pairs: Pairs, batch: Batch) -> Tensor:
        """Return [P, parts x O]."""
        return side_by_side(self._pooled(views, spans, pairs, batch, once=False))

    def distinct(self, views: Views, spans: Spans, pairs: Pairs, batch: Batch) -> Sequence[Column]:
        """Return every range of each part once: far fewer than pairs, where spans share their ends."""
        if self.one_per != "pair":
            return super().distinct(views, spans, pairs, batch)
        return self._pooled(views, spans, pairs, batch, once=True)

    def _pooled(self, views: Views, spans: Spans, pairs: Pairs, batch: Batch, once: bool) -> Sequence[Column]:
        """Return the parts, with a single call of the pooler.

        On the host, which knows them unless it would have to wait, the ranges are chosen; the pooler gets each once.
        """
        view, move = views[self.view], batch.to_device
        if self.shares(spans, pairs, batch):
            spans, pairs, batch = *batch.to_host((spans, pairs)), batch.on_host()
        else:
            once = False
        row = torch.arange(len(pairs), device=pairs.doc.device)
        found = [
            distinct_ranges(pairs.doc, ranges, view.states.shape[1]) if once else (pairs.doc, ranges, row)
            for ranges in self.ranges(view, spans, pairs, batch)
        ]
        docs, ranges, rows = zip(*found, strict=True)
        pooled = self.pooler(view, *move((torch.cat(docs), torch.cat(ranges))))
        return list(zip(pooled.split([len(doc) for doc in docs]), move(rows), strict=True))

    @abstractmethod
    def ranges(self, view: View, spans: Spans, pairs: Pairs, batch: Batch) -> Sequence[Tensor]:
        """Return for each of ``parts`` the range of each pair [P, 2], in the units of the view.

        Spans, pairs and batch are on the same device, which need not be that of the view's states.
        """


def between(spans: Spans, pairs: Pairs, level: Level) -> Tensor:
    """Return [P, 2], the units between the spans of each pair; an empty range for spans that touch or overlap."""
    extents = spans.ranges(level)
    head, tail = extents[pairs.head], extents[pairs.tail]
    return torch.stack([torch.minimum(head[:, 1], tail[:, 1]), torch.maximum(head[:, 0], tail[:, 0])], dim=1)
