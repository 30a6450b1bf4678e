"""View makers that add views to those of another view maker."""

from jointre.errors import Fault
from jointre.views.base import ViewMaker, ViewWidths
from jointre.views.identity import IdentityViews


class WrapperViews(ViewMaker):
    """Reads the view ``"encoder"`` of ``views`` and needs from the encoder whatever that view needs.

    Args:
        views: the view maker that is read; null for the last layer in word pieces.
    """

    def __init__(self, views: ViewMaker | None) -> None:
        super().__init__()
        self.views = views or IdentityViews()

    @property
    def inner_layers(self) -> bool:  # type: ignore[override]
        """Whether the view that is read uses layers below the last."""
        return self.views.inner_layers

    @property
    def pooled(self) -> bool:  # type: ignore[override]
        """Whether the view that is read uses the encoder's pooled output."""
        return self.views.pooled


def new_name(name: str) -> str:
    """Return the name of a view that is added, or raise ValueError if it is that of the view that is read."""
    if name == "encoder":
        raise ValueError("name must not be 'encoder'")
    return name


def name_faults(name: str, widths: ViewWidths) -> list[Fault]:
    """Return what is wrong with adding a view of this name to others: nothing, or that one of them has it."""
    what = f"name = {name!r}, but a view of that name exists already"
    return [Fault(what, remedy="choose another name in [model.views]")] if name in widths else []
