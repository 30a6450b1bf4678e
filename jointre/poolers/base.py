"""Pooler: the contract of everything that turns a range of units into one vector."""

from abc import abstractmethod

from torch import Tensor

from jointre.component import Component
from jointre.data.stages import View


class Pooler(Component):
    """One vector a range.

    ``empty_is_zero`` says what an empty range gives: zeros; or, with a layer after the pooling, one vector for all
    empty ranges, which depends on the parameters alone.
    """

    empty_is_zero: bool = True

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
            [M, O]; zeros for an empty range (``end <= start``), unless ``empty_is_zero`` says otherwise.
        """
