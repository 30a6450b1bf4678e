"""A linear map of the encoder's states for each task."""

from dataclasses import replace

from torch import nn

from jointre.data.batch import Batch
from jointre.data.stages import Encoded, EncoderDims, View, ViewDims
from jointre.nn.init import init_normal
from jointre.registry import registry
from jointre.views.base import ViewMaker
from jointre.views.wrapper import WrapperViews

NAMES = ["entity", "relation"]


@registry.views("jointre.task_projection.v1")
class TaskProjection(WrapperViews):
    """SINET's task-aware projection (SINET, Eq. 1): ``U = H W^T`` for each task, without bias or activation.

    The view ``"encoder"`` and all other views of ``views`` stay as they are.

    Args:
        names: the projected views, one per task.
        views: makes the view ``"encoder"`` that is projected; null for the last layer in word pieces.
    """

    def __init__(self, names: list[str] = NAMES, views: ViewMaker | None = None) -> None:
        super().__init__(views)
        if len(set(names)) < max(len(names), 1) or "encoder" in names:
            raise ValueError("names must be one or more different names, none of them 'encoder'")
        self.names = list(names)

    def build(self, dims: EncoderDims) -> dict[str, ViewDims]:
        """Make ``projections``, each [D, D] and N(0, 0.02), not the identity."""
        widths = self.views.build(dims)
        width = widths["encoder"].states
        self.projections = nn.ModuleDict({name: nn.Linear(width, width, bias=False) for name in self.names})
        init_normal(self.projections)
        return {**widths, **dict.fromkeys(self.names, widths["encoder"])}

    def forward(self, encoded: Encoded, batch: Batch) -> dict[str, View]:
        """Project all units, including special pieces and padding, and the summary of views of words."""
        views = self.views(encoded, batch)
        return {**views, **{name: self._projected(name, views["encoder"]) for name in self.names}}

    def _projected(self, name: str, view: View) -> View:
        project = self.projections[name]
        summary = None if view.summary is None else project(view.summary)
        return replace(view, states=project(view.states), summary=summary)
