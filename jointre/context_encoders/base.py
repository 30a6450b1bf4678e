"""SentenceContext and PairContext: the contracts of the registry ``context_encoders``."""

from abc import abstractmethod
from collections.abc import Mapping, Sequence
from typing import Literal

import torch
from torch import Tensor

from jointre.component import Component
from jointre.data.batch import Batch
from jointre.data.stages import Column, Pairs, Spans, View, ViewDims
from jointre.views.base import Views, ViewWidths


class SentenceContext(Component):
    """Gives each view a ``summary``: one vector per document.

    ``reads_padding`` says whether the vector depends on the states of padding.
    """

    reads_padding: bool = False

    @abstractmethod
    def build(self, views: ViewWidths) -> dict[str, ViewDims]:
        """Return the widths of the views, with ``summary`` set."""

    @abstractmethod
    def forward(self, views: Views, batch: Batch) -> dict[str, View]:
        """Return the same views with ``summary`` [B, V'] set."""

    def attention(self, views: Views, batch: Batch) -> Mapping[str, tuple[str, Tensor]]:
        """Return for each view whose summary attends to states: the view that these are of, and the weights.

        The weights are [layers, B, heads, 1 + S], that of the vector itself first. None unless overridden.
        """
        return {}


class PairContext(Component):
    """A vector for the surroundings of a pair of spans.

    ``one_per`` says what the vector depends on: the ordered pair, the pair in either order, or only its document. With
    ``"document"``, only ``pairs.doc`` may be read. `distinct` computes a vector once for all pairs that share it.
    """

    one_per: Literal["ordered_pair", "pair", "document"] = "pair"

    @abstractmethod
    def build(self, views: ViewWidths) -> int:
        """Return the width C of the context."""

    @abstractmethod
    def forward(self, views: Views, spans: Spans, pairs: Pairs, batch: Batch) -> Tensor:
        """Return [P, C]; zeros where the context is empty."""

    def shares(self, spans: Spans, pairs: Pairs, batch: Batch) -> bool:
        """Return whether contexts are computed once for the pairs that share them: unless the host would have to wait
        for a GPU in training.
        """
        return not self.training or batch.copies.known((spans, pairs))

    def distinct(self, views: Views, spans: Spans, pairs: Pairs, batch: Batch) -> Sequence[Column]:
        """Return each context once, [C', C], with [P] int64 the row of each pair; a context of several parts returns
        each part.
        """
        if self.one_per == "document":
            every = batch.to_device(torch.arange(len(batch)))
            return [(self(views, spans, Pairs(every, every, every, pairs.label), batch), pairs.doc)]
        if self.one_per == "ordered_pair" or not self.shares(spans, pairs, batch):
            row = torch.arange(len(pairs), device=pairs.head.device)
            return [(self(views, spans, pairs, batch), row)]
        # one number for both orders of a pair
        doc, one, other = batch.to_host((spans.doc, pairs.head, pairs.tail))
        low, high = torch.minimum(one, other), torch.maximum(one, other)
        n_spans = max(len(spans), 1)
        key, row = torch.unique(low * n_spans + high, return_inverse=True)
        head = torch.div(key, n_spans, rounding_mode="floor")
        once = Pairs(doc[head], head, key - head * n_spans, pairs.label)
        once, row = batch.to_device((once, row))
        return [(self(views, spans, once, batch), row)]
