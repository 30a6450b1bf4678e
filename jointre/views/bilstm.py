"""A bidirectional LSTM over the encoder's states."""

import torch
from torch import Tensor, nn

from jointre import bf16
from jointre.data.batch import Batch
from jointre.data.stages import Encoded, EncoderDims, View, ViewDims
from jointre.errors import BuildError, Fault
from jointre.limits import LayerCount, LayerSize, ProperFraction
from jointre.registry import registry
from jointre.views.base import ViewMaker
from jointre.views.wrapper import WrapperViews, name_faults, new_name


@registry.views("jointre.bilstm.v1")
class BiLSTMViews(WrapperViews):
    """Adds a view: a bidirectional LSTM over the units of the view ``"encoder"``.

    ``"encoder"`` and all other views of ``views`` stay as they are. The LSTM starts at each document's own ends, so
    padding changes nothing. A summary (views of words have one) is read as a unit before the first, as special pieces
    are, and becomes the summary of the new view. Each direction is an LSTM of its own, the second one over reversed
    rows: torch's packed sequences would make a GPU wait for the lengths. On a CPU without bf16 kernels the LSTM is
    computed in fp32 if bf16 is requested.

    Args:
        views: makes the view ``"encoder"`` that is read; null for the last layer in word pieces.
        name: name of the new view, for ``view = "bilstm"`` in components that read it.
        hidden: units of each direction; the view is twice as wide.
        layers: number of stacked LSTMs.
        dropout: on the input of every layer.
    """

    def __init__(
        self,
        views: ViewMaker | None = None,
        name: str = "bilstm",
        hidden: LayerSize = 256,
        layers: LayerCount = 1,
        dropout: ProperFraction = 0.1,
    ) -> None:
        super().__init__(views)
        self.name = new_name(name)
        self.hidden = hidden
        self.layers = layers
        self.dropout = nn.Dropout(dropout)

    def build(self, dims: EncoderDims) -> dict[str, ViewDims]:
        """Make ``rightward`` and ``leftward``, one LSTM per layer each, with torch's initialisation."""
        widths = self.views.build(dims)
        own, wide = widths["encoder"], 2 * self.hidden
        faults = name_faults(self.name, widths)
        if own.summary not in (None, own.states):
            faults.append(Fault("the LSTM reads a summary that is not as wide as the states"))
        if faults:
            raise BuildError("components do not fit", faults)
        inputs = [own.states, *[wide] * (self.layers - 1)]
        self.rightward = nn.ModuleList(nn.LSTM(size, self.hidden, batch_first=True) for size in inputs)
        self.leftward = nn.ModuleList(nn.LSTM(size, self.hidden, batch_first=True) for size in inputs)
        return {**widths, self.name: ViewDims(wide, None if own.summary is None else wide)}

    def forward(self, encoded: Encoded, batch: Batch) -> dict[str, View]:
        """Return states [B, S, 2 hidden], rightward ones first; zeros in padding."""
        views = self.views(encoded, batch)
        view = views["encoder"]
        if view.summary is None:
            states = self._read(view.states, view.mask)
            return {**views, self.name: View(states, view.mask, view.level)}
        states = torch.cat([view.summary.unsqueeze(1), view.states], dim=1)
        states = self._read(states, nn.functional.pad(view.mask, (1, 0), value=True))
        return {**views, self.name: View(states[:, 1:], view.mask, view.level, states[:, 0])}

    def _read(self, states: Tensor, mask: Tensor) -> Tensor:
        if states.device.type == "cpu" and bf16.has_no_kernels():
            weight = self.rightward[0].get_parameter("weight_ih_l0")
            with torch.autocast("cpu", enabled=False):
                return self._stacked(states.to(weight.dtype), mask)
        return self._stacked(states, mask)

    def _stacked(self, states: Tensor, mask: Tensor) -> Tensor:
        rows = _reversed(mask)
        for rightward, leftward in zip(self.rightward, self.leftward, strict=True):
            states = self.dropout(states)
            forth, _ = rightward(states)
            back, _ = leftward(_taken(states, rows))
            states = torch.cat([forth, _taken(back, rows)], dim=2)
        return states * mask.unsqueeze(2)


def _reversed(mask: Tensor) -> Tensor:
    """Return [B, S], rows of the flat sequences that reverse the units of each sequence and leave padding in place."""
    place = torch.arange(mask.shape[1], device=mask.device)
    length = mask.sum(dim=1, keepdim=True)
    turned = torch.where(place < length, length - 1 - place, place)
    return turned + mask.shape[1] * torch.arange(len(mask), device=mask.device).unsqueeze(1)


def _taken(states: Tensor, rows: Tensor) -> Tensor:
    return states.flatten(0, 1).index_select(0, rows.flatten()).view(*rows.shape, -1)
