"""Pooler: the contract of everything that turns a range of units into one vector."""

from abc import abstractmethod

from torch import Tensor

from jointre.component import Component
from jointre.data.views import View


class Pooler(Component):
    """One vector a range."""

    def build(self, width: int) -> int:
        """Make parameters for states of ``width``; returns the width of the result (the same by default)."""
        return width

    @abstractmethod
    def forward(self, view: View, doc: Tensor, ranges: Tensor) -> Tensor:
        """Pool ``view.states[doc, start:end]``.

        Args:
            view: states [B, S, V].
            doc: [M] int64 batch row of each range.
            ranges: [M, 2] int64 start and exclusive end in units of the view.

        Returns:
            [M, O]; zeros for an empty range (``end <= start``).
        """
