"""The state of the classification token as context."""

from dataclasses import replace

from torch import Tensor

from jointre.context_encoders.agents import first_state
from jointre.context_encoders.base import PairContext, SentenceContext
from jointre.data.batch import Batch
from jointre.data.stages import Pairs, Spans, View, ViewDims
from jointre.errors import BuildError, Fault
from jointre.registry import registry
from jointre.views.base import Views, ViewWidths, view_dims


@registry.context_encoders("jointre.cls.v1")
class ClsContext(SentenceContext):
    """The summary of each view is its state at position 0, the classification token (SpERT, Eq. 2)."""

    def build(self, views: ViewWidths) -> dict[str, ViewDims]:
        """Return a summary as wide as the states."""
        return {name: replace(dims, summary=dims.states) for name, dims in views.items()}

    def forward(self, views: Views, batch: Batch) -> dict[str, View]:
        """Return the views with ``summary`` [B, V], the state of position 0."""
        return {name: replace(view, summary=first_state(view)) for name, view in views.items()}


@registry.context_encoders("jointre.cls_pair.v1")
class ClsPairContext(PairContext):
    """SpERT's ablation "CLS" (SpERT, Figure 3): every pair has the sentence vector of a view as context.

    With ``jointre.cls.v1`` as sentence context, that vector is the classification token.

    Args:
        view: name of the view to read.
    """

    one_per = "document"

    def __init__(self, view: str = "encoder") -> None:
        super().__init__()
        self.view = view

    def build(self, views: ViewWidths) -> int:
        """Return the width of the view's sentence vector."""
        summary = view_dims(views, self.view, self).summary
        if summary is None:
            what = f"view {self.view!r} has no sentence vector"
            raise BuildError("components do not fit", [Fault(what, remedy="add a [model.context]")])
        return summary

    def forward(self, views: Views, spans: Spans, pairs: Pairs, batch: Batch) -> Tensor:
        """Return [P, V]."""
        summary = views[self.view].summary
        assert summary is not None
        return summary.index_select(0, pairs.doc)
