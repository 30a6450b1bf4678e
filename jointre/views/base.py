"""ViewMaker: the contract of everything that turns encoder layers into named views."""

from abc import abstractmethod
from collections.abc import Mapping

from jointre.component import Component
from jointre.data.batch import Batch
from jointre.data.stages import Encoded, EncoderDims, View, ViewDims
from jointre.errors import BuildError, Fault

Views = Mapping[str, View]
ViewWidths = Mapping[str, ViewDims]


class ViewMaker(Component):
    """Named views of the sequence, among them ``"encoder"``: a layer of the encoder as it is.

    ``inner_layers`` says whether it reads layers below the last, ``pooled`` whether it reads the encoder's pooled
    output; an encoder hands them on only then.
    """

    inner_layers: bool = False
    pooled: bool = False

    @abstractmethod
    def build(self, dims: EncoderDims) -> dict[str, ViewDims]:
        """Widths of each view."""

    @abstractmethod
    def forward(self, encoded: Encoded, batch: Batch) -> dict[str, View]:
        """The views by name."""


def view_dims(views: ViewWidths, name: str, reader: object) -> ViewDims:
    """The widths of view ``name``; refuses a view that the view maker does not give."""
    if name not in views:
        what = f"{type(reader).__name__} reads view {name!r}, but the view maker gives {sorted(views)}"
        raise BuildError("components do not fit", [Fault(what, remedy="change view = ... or [model.views]")])
    return views[name]


def no_summary(name: str) -> BuildError:
    """The refusal of a part that reads the sentence vector of view ``name`` where it has none."""
    what = f"summary = true, but view {name!r} has no sentence vector"
    return BuildError("components do not fit", [Fault(what, remedy="add a [model.context]")])
