"""SentenceContext and PairContext: the contracts of the registry ``context_encoders``."""

from abc import abstractmethod
from collections.abc import Sequence
from typing import Literal

import torch
from torch import Tensor

from jointre.component import Component
from jointre.data.batch import Batch
from jointre.data.stages import Column, Pairs, Spans, View, ViewDims
from jointre.views.base import Views, ViewWidths


class SentenceContext(Component):
    """Gives each view its ``summary``: one vector a document."""

    @abstractmethod
    def build(self, views: ViewWidths) -> dict[str, ViewDims]:
        """The views' widths with ``summary`` set."""

    @abstractmethod
    def forward(self, views: Views, batch: Batch) -> dict[str, View]:
        """The same views with ``summary`` [B, V'] set."""


class PairContext(Component):
    """A vector for what surrounds a pair of spans.

    ``one_per`` says what the vector depends on: the ordered pair, the pair in either order, or its document alone.
    With ``"document"`` only ``pairs.doc`` may be read. `distinct` computes it once for all pairs that share it.
    """

    one_per: Literal["ordered_pair", "pair", "document"] = "pair"

    @abstractmethod
    def build(self, views: ViewWidths) -> int:
        """Width C of the context."""

    @abstractmethod
    def forward(self, views: Views, spans: Spans, pairs: Pairs, batch: Batch) -> Tensor:
        """[P, C]; zeros where the context is empty."""

    def waits(self, pairs: Pairs) -> bool:
        """Whether to find out which contexts are shared would make a training step wait for a GPU."""
        return self.training and pairs.doc.device.type != "cpu"

    def distinct(self, views: Views, spans: Spans, pairs: Pairs, batch: Batch) -> Sequence[Column]:
        """Each context once, [C', C], and [P] int64 which of them; a context of several parts gives each part so."""
        if self.one_per == "document":
            every = torch.arange(len(batch), device=pairs.head.device)
            return [(self(views, spans, Pairs(every, every, every, pairs.label), batch), pairs.doc)]
        if self.one_per == "ordered_pair" or self.waits(pairs):
            row = torch.arange(len(pairs), device=pairs.head.device)
            return [(self(views, spans, pairs, batch), row)]
        low, high = torch.minimum(pairs.head, pairs.tail), torch.maximum(pairs.head, pairs.tail)
        n_spans = max(len(spans), 1)
        key, row = torch.unique(low * n_spans + high, return_inverse=True)
        head = torch.div(key, n_spans, rounding_mode="floor")
        once = Pairs(spans.doc[head], head, key - head * n_spans, pairs.label)
        return [(self(views, spans, once, batch), row)]
