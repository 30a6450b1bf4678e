"""View makers: named views of the encoder's states."""

from jointre.views.base import ViewMaker, Views, ViewWidths, view_dims
from jointre.views.bilstm import BiLSTMViews
from jointre.views.identity import IdentityViews
from jointre.views.layers import LayerViews
from jointre.views.task_projection import TaskProjection
from jointre.views.word_shape import WordShapeViews

__all__ = [
    "BiLSTMViews",
    "IdentityViews",
    "LayerViews",
    "TaskProjection",
    "ViewMaker",
    "ViewWidths",
    "Views",
    "WordShapeViews",
    "view_dims",
]
