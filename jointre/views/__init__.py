"""View makers: named ways to look at the encoder's states."""

from jointre.views.base import ViewMaker, Views, ViewWidths, view_dims
from jointre.views.identity import IdentityViews

__all__ = ["IdentityViews", "ViewMaker", "ViewWidths", "Views", "view_dims"]
