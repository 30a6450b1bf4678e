"""SentenceContext and PairContext: the contracts of the registry ``context_encoders``."""

from abc import abstractmethod

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

    ``symmetric`` says that both orders of a pair have the same vector; then it is computed once for both.
    """

    symmetric = True

    @abstractmethod
    def build(self, views: ViewWidths) -> int:
        """Width C of the context."""

    @abstractmethod
    def forward(self, views: Views, spans: Spans, pairs: Pairs) -> Tensor:
        """[P, C]; zeros where the context is empty."""
