"""All ordered pairs of spans, enumerated but never held all at once."""

from collections.abc import Iterator

import torch
from torch import Tensor

from jointre.data.relation_classes import Order
from jointre.data.stages import EntityOutput, Pairs, Spans


class OrderedPairs:
    """Every ordered pair of two different rows of the same document, by head first, in the order of the rows.

    Args:
        entities: the candidates.
        rows: [K] int64 the candidates that are paired, ascending.
        n_docs: number of documents in the batch.
        order: ``both``, or ``text`` for every pair once, with the earlier span as head; with ``mirrored``, the same
            pair in the other order follows.
    """

    def __init__(self, entities: EntityOutput, rows: Tensor, n_docs: int, order: Order = "both") -> None:
        self.entities, self.chosen, self.order = entities, rows, order
        self.once, self.mirrored = order == "text", order == "mirrored"
        if order != "both":
            rows = rows[torch.argsort(text_rank(entities.spans)[rows])]
        doc = entities.spans.doc[rows]
        self.rows = rows[torch.argsort(doc, stable=True)]
        self.label = entities.predicted
        self.count = torch.bincount(doc, minlength=n_docs)
        self.first = torch.cumsum(self.count, 0) - self.count
        n_pairs = torch.div(self.count * (self.count - 1), 2 if self.once else 1, rounding_mode="floor")
        self.end = torch.cumsum(n_pairs, 0)
        self.start = self.end - n_pairs
        self.total = int(n_pairs.sum())

    def __len__(self) -> int:
        return self.total

    def slice(self, start: int, stop: int) -> Pairs:
        """Return the pairs ``start`` to ``stop``, using memory only for these."""
        index = torch.arange(start, min(stop, self.total), device=self.rows.device)
        doc = torch.searchsorted(self.end, index, right=True)
        places = _mirrored if self.mirrored else _unordered if self.once else _ordered
        head, tail = places(index - self.start[doc], self.count[doc])
        first = self.first[doc]
        return Pairs(doc, self.rows[first + head], self.rows[first + tail], self.label)

    def whole(self) -> Pairs:
        """Return all pairs at once."""
        return self.slice(0, self.total)

    def chunks(self, size: int) -> Iterator[Pairs]:
        """Return all pairs, at most ``size`` at a time; if there are more, both orders of a pair together.

        Pairs whose spans are near each other in the text are then in the same part, because they share their contexts.
        """
        if self.order == "both" and 1 < size < self.total:
            return OrderedPairs(self.entities, self.chosen, len(self.count), "mirrored").chunks(size)
        size = max(2, size - size % 2) if self.mirrored else size
        return (self.slice(start, start + size) for start in range(0, self.total, size))


def _ordered(number: Tensor, count: Tensor) -> tuple[Tensor, Tensor]:
    """Return pair ``number`` of the ``count * (count - 1)`` ordered pairs of ``count`` things, by head first."""
    head = torch.div(number, count - 1, rounding_mode="floor")
    tail = number - head * (count - 1)
    return head, tail + (tail >= head).long()  # a thing is not paired with itself


def _unordered(number: Tensor, count: Tensor) -> tuple[Tensor, Tensor]:
    """Return pair ``number`` of the ``count * (count - 1) / 2`` pairs of ``count`` things, the earlier one first.

    Head h has ``count - 1 - h`` pairs and head ``count - 2 - h`` has ``h + 1``, together ``count``. So pairs are
    numbered in rows of length ``count``, one row for each two such heads.
    """
    row = torch.div(number, count, rounding_mode="floor")
    place = number - row * count
    own = count - 1 - row
    head = torch.where(place < own, row, own - 1)
    return head, head + 1 + torch.where(place < own, place, place - own)


def _mirrored(number: Tensor, count: Tensor) -> tuple[Tensor, Tensor]:
    """Return pair ``number`` of the ``count * (count - 1)`` pairs of ``count`` things: a pair, then its other order."""
    earlier, later = _unordered(torch.div(number, 2, rounding_mode="floor"), count)
    turned = number % 2 > 0
    return torch.where(turned, later, earlier), torch.where(turned, earlier, later)


def text_rank(spans: Spans) -> Tensor:
    """Return [N], the place of each span in the order of (start, end); equal spans in the order of their rows."""
    start, end = spans.words.unbind(1)
    order = torch.argsort(end, stable=True)
    order = order[torch.argsort(start[order], stable=True)]
    return torch.empty_like(order).scatter_(0, order, torch.arange(len(order), device=order.device))
