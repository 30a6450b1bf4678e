"""Pooler: the contract of everything that turns a range of units into one vector."""

from abc import abstractmethod

from torch import Tensor

from jointre.component import Component
from jointre.data.stages import View


class Pooler(Component):
    """Pools each range of units into one vector.

    ``empty_is_zero`` says what an empty range gives: zeros, or, if a layer follows the pooling, one vector for all
    empty ranges, which depends only on the parameters.
    """

    empty_is_zero: bool = True

    def build(self, width: int) -> int:
        """Make parameters for states of ``width``; return the width of the result (the same by default)."""
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
