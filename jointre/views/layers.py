"""Several hidden layers, each under its own name."""

from typing import Literal

from torch import Tensor

from jointre.data.batch import Batch
from jointre.data.stages import Encoded, EncoderDims, Level, View, ViewDims
from jointre.errors import BuildError, Fault
from jointre.limits import LayerIndex
from jointre.registry import registry
from jointre.views.base import ViewMaker
from jointre.views.identity import IdentityViews

LAYERS = {"head": -2, "tail": -1}
ADDED: list[str] = []


@registry.views("jointre.layers.v1")
class LayerViews(ViewMaker):
    """REDN's views (REDN, Eqs. 1-2): named hidden layers, with a sentence vector added to every unit of some of them.

    The view ``"encoder"`` is the last layer, unchanged.

    Args:
        views: names of the views and their layers; 0 is the embeddings, 1 the lowest layer, -1 the last.
        add_pooled: views to whose units the encoder's pooled output ``tanh(W h_CLS + b)`` is added, as published.
        add_cls: views to whose units the last layer's state of position 0 is added, for encoders without a pooler.
        level: ``piece`` keeps word pieces with special tokens; ``word`` keeps the first piece of each word.
    """

    def __init__(
        self,
        views: dict[str, LayerIndex] = LAYERS,
        add_pooled: list[str] = ADDED,
        add_cls: list[str] = ADDED,
        level: Level = "piece",
    ) -> None:
        super().__init__()
        if not views or "encoder" in views:
            raise ValueError("views must name one or more layers, none of them 'encoder'")
        self.layers = {**views, "encoder": -1}
        self.added: dict[str, Literal["pooled", "cls"]] = dict.fromkeys(add_pooled, "pooled")
        twice = self.added.keys() & set(add_cls)
        self.added |= dict.fromkeys(add_cls, "cls")
        unknown = sorted(self.added.keys() - views.keys())
        if unknown or twice:
            raise ValueError(
                f"add_pooled and add_cls must name views, each once; not {unknown or sorted(twice)}"
            )
        self.makers = {name: IdentityViews(level, layer) for name, layer in self.layers.items()}
        self.inner_layers = any(layer != -1 for layer in views.values())
        self.pooled = bool(add_pooled)

    def build(self, dims: EncoderDims) -> dict[str, ViewDims]:
        """Return the encoder's hidden width for every view."""
        faults: list[Fault] = []
        widths: dict[str, ViewDims] = {}
        for name, maker in self.makers.items():
            try:
                widths[name] = maker.build(dims)["encoder"]
            except BuildError as error:
                faults += [
                    Fault(f"view {name!r}: {fault.what}", remedy=fault.remedy) for fault in error.faults
                ]
        if self.pooled and dims.pooled != dims.hidden:
            what = f"add_pooled needs a pooled output of width {dims.hidden}, the encoder's is {dims.pooled}"
            faults.append(Fault(what, remedy="use add_cls in [model.views]"))
        if faults:
            raise BuildError("components do not fit", faults)
        return widths

    def forward(self, encoded: Encoded, batch: Batch) -> dict[str, View]:
        """Return states of pieces [B, T, D] or words [B, W, D]; nothing is added to padding."""
        views = {name: maker(encoded, batch)["encoder"] for name, maker in self.makers.items()}
        for name, kind in self.added.items():
            vector = encoded.pooled if kind == "pooled" else encoded.layers[-1][:, 0]
            assert vector is not None
            views[name] = _plus(views[name], vector)
        return views


def _plus(view: View, vector: Tensor) -> View:
    states = view.states + vector.unsqueeze(1) * view.mask.unsqueeze(2)
    return View(states, view.mask, view.level, view.summary)
