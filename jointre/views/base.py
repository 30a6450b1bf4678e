"""ViewMaker: the contract of everything that turns encoder layers into named views."""

from abc import abstractmethod
from collections.abc import Mapping

from jointre.component import Component
from jointre.data.batch import Batch
from jointre.data.host_copies import HostCopies
from jointre.data.stages import Encoded, EncoderDims, View, ViewDims
from jointre.errors import BuildError, Fault

Views = Mapping[str, View]
ViewWidths = Mapping[str, ViewDims]


class ViewMaker(Component):
    """Makes named views of the sequence. One of them is ``"encoder"``: a layer of the encoder, unchanged.

    ``inner_layers`` says whether it reads layers below the last, ``pooled`` whether it reads the encoder's pooled
    output; only then does the encoder return them.
    """

    inner_layers: bool = False
    pooled: bool = False

    @abstractmethod
    def build(self, dims: EncoderDims) -> dict[str, ViewDims]:
        """Return the widths of each view."""

    @abstractmethod
    def forward(self, encoded: Encoded, batch: Batch) -> dict[str, View]:
        """Return the views by name."""


def copies_of(views: Views) -> HostCopies:
    """Return what the host knows of what was made from these views."""
    view = views["encoder"]
    copies: HostCopies = view.cache.setdefault(HostCopies, HostCopies(view.states.device))
    return copies


def view_dims(views: ViewWidths, name: str, reader: object) -> ViewDims:
    """Return the widths of view ``name``, or refuse a view that the view maker does not make."""
    if name not in views:
        what = f"{type(reader).__name__} reads view {name!r}, but the view maker makes {sorted(views)}"
        raise BuildError("components do not fit", [Fault(what, remedy="change view = ... or [model.views]")])
    return views[name]


def no_summary(name: str) -> BuildError:
    """Return the error for a component that reads the sentence vector of view ``name``, which has none."""
    what = f"summary = true, but view {name!r} has no sentence vector"
    return BuildError("components do not fit", [Fault(what, remedy="add a [model.context]")])
