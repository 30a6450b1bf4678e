"""View makers that add views to those of another view maker."""

from jointre.views.base import ViewMaker
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
