"""All ordered pairs of spans, enumerated but never held all at once."""

from collections.abc import Iterator

import torch
from torch import Tensor

from jointre.data.views import EntityOutput, Pairs


class OrderedPairs:
    """Every ordered pair of two distinct rows of the same document, heads first, in the order of the rows.

    Args:
        entities: the candidates.
        rows: [K] int64 the candidates that are paired, ascending.
        n_docs: documents of the batch.
    """

    def __init__(self, entities: EntityOutput, rows: Tensor, n_docs: int) -> None:
        doc = entities.spans.doc[rows]
        self.rows = rows[torch.argsort(doc, stable=True)]
        self.label = entities.predicted
        self.count = torch.bincount(doc, minlength=n_docs)
        self.first = torch.cumsum(self.count, 0) - self.count
        n_pairs = self.count * (self.count - 1)
        self.end = torch.cumsum(n_pairs, 0)
        self.start = self.end - n_pairs
        self.total = int(n_pairs.sum())

    def __len__(self) -> int:
        return self.total

    def slice(self, start: int, stop: int) -> Pairs:
        """Pairs ``start`` to ``stop``; memory for these alone."""
        index = torch.arange(start, min(stop, self.total), device=self.rows.device)
        doc = torch.searchsorted(self.end, index, right=True)
        local = index - self.start[doc]
        others = self.count[doc] - 1
        head = torch.div(local, others, rounding_mode="floor")
        tail = local - head * others
        tail = tail + (tail >= head).long()  # a span is not paired with itself
        first = self.first[doc]
        return Pairs(doc, self.rows[first + head], self.rows[first + tail], self.label)

    def whole(self) -> Pairs:
        """All pairs at once."""
        return self.slice(0, self.total)

    def chunks(self, size: int) -> Iterator[Pairs]:
        """All pairs, at most ``size`` at once."""
        return (self.slice(start, start + size) for start in range(0, self.total, size))


def best_rows(rows: Tensor, doc: Tensor, score: Tensor, most: int, n_docs: int) -> tuple[Tensor, int]:
    """The ``most`` rows of each document with the highest score, of equal ones the first.

    Args:
        rows: [K] ascending. doc, score: [K] of these rows.

    Returns:
        the rows that stay, ascending, and the number of documents that lost some.
    """
    order = torch.argsort(score, descending=True, stable=True)
    order = order[torch.argsort(doc[order], stable=True)]
    count = torch.bincount(doc, minlength=n_docs)
    rank = torch.arange(len(order), device=rows.device) - (torch.cumsum(count, 0) - count)[doc[order]]
    return rows[order[rank < most].sort().values], int((count > most).sum())
