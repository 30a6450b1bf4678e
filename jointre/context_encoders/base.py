"""SentenceContext and PairContext: the contracts of the registry ``context_encoders``."""

from abc import abstractmethod
from typing import Literal

from torch import Tensor

from jointre.component import Component
from jointre.data.batch import Batch
from jointre.data.views import Pairs, Spans, View, ViewDims
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
    It is computed once for all pairs that share it; with ``"document"`` only ``pairs.doc`` may be read.
    """

    one_per: Literal["ordered_pair", "pair", "document"] = "pair"

    @abstractmethod
    def build(self, views: ViewWidths) -> int:
        """Width C of the context."""

    @abstractmethod
    def forward(self, views: Views, spans: Spans, pairs: Pairs, batch: Batch) -> Tensor:
        """[P, C]; zeros where the context is empty."""
