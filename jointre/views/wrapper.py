"""View makers that add views to those of another."""

from jointre.views.base import ViewMaker
from jointre.views.identity import IdentityViews


class AroundViews(ViewMaker):
    """Reads the view ``"encoder"`` of ``views`` and asks the encoder for what that needs.

    Args:
        views: what is read; null for the last layer in word pieces.
    """

    def __init__(self, views: ViewMaker | None) -> None:
        super().__init__()
        self.views = views or IdentityViews()

    @property
    def inner_layers(self) -> bool:  # type: ignore[override]
        """Whether what is read is made of layers below the last."""
        return self.views.inner_layers

    @property
    def pooled(self) -> bool:  # type: ignore[override]
        """Whether the encoder's pooled output is read."""
        return self.views.pooled
