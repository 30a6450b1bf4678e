"""The state of the first special token as context."""

from dataclasses import replace

from torch import Tensor

from jointre.context_encoders.base import PairContext, SentenceContext
from jointre.data.batch import Batch
from jointre.data.views import Pairs, Spans, View, ViewDims
from jointre.registry import registry
from jointre.views.base import Views, ViewWidths, view_dims


@registry.context_encoders("jointre.cls.v1")
class ClsContext(SentenceContext):
    """Summary of each view: its encoder state at position 0, the classification token (SpERT, section 2.4)."""

    def build(self, views: ViewWidths) -> dict[str, ViewDims]:
        """A summary as wide as the states."""
        return {name: replace(dims, summary=dims.states) for name, dims in views.items()}

    def forward(self, views: Views, batch: Batch) -> dict[str, View]:
        """``summary`` [B, V] = state of position 0."""
        return {name: replace(view, summary=first_state(view)) for name, view in views.items()}


@registry.context_encoders("jointre.cls_pair.v1")
class ClsPairContext(PairContext):
    """SpERT's ablation "CLS" (Figure 3): every pair of a sentence has the classification token as context.

    Args:
        view: name of the view to read.
    """

    def __init__(self, view: str = "encoder") -> None:
        super().__init__()
        self.view = view

    def build(self, views: ViewWidths) -> int:
        """The view's width."""
        return view_dims(views, self.view, self).states

    def forward(self, views: Views, spans: Spans, pairs: Pairs) -> Tensor:
        """[P, V]."""
        return first_state(views[self.view]).index_select(0, pairs.doc)


def first_state(view: View) -> Tensor:
    """[B, V] the classification token; word-level views carry it as their summary."""
    return view.states[:, 0] if view.level == "piece" or view.summary is None else view.summary
