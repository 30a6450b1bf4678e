"""One layer, unchanged."""

import torch
from torch import nn

from jointre.data.batch import Batch
from jointre.data.stages import Encoded, EncoderDims, Level, View, ViewDims
from jointre.errors import BuildError, Fault
from jointre.limits import LayerIndex, ProperFraction
from jointre.registry import registry
from jointre.views.base import ViewMaker


@registry.views("jointre.identity.v1")
class IdentityViews(ViewMaker):
    """One view, ``"encoder"``: a hidden layer.

    Args:
        level: ``piece`` keeps word pieces with special tokens; ``word`` keeps the first piece of each word.
        layer: which layer: 0 is the embeddings, 1 the lowest layer, -1 the last. Layers above it are computed in vain
            and not trained.
        dropout: on the states, once for all components that read them, in addition to the encoder's own dropout.
    """

    def __init__(self, level: Level = "piece", layer: LayerIndex = -1, dropout: ProperFraction = 0.0) -> None:
        super().__init__()
        self.level = level
        self.layer = layer
        self.inner_layers = layer != -1
        self.dropout = nn.Dropout(dropout)

    def build(self, dims: EncoderDims) -> dict[str, ViewDims]:
        """Return the encoder's hidden width; views of words have the state of position 0 as summary."""
        if not -dims.layers - 1 <= self.layer <= dims.layers:
            what = f"layer = {self.layer}, but the encoder has {dims.layers} layers"
            remedy = (
                f"[model.views] layer = 0 (embeddings) to {dims.layers}, or -1 (last) to {-dims.layers - 1}"
            )
            raise BuildError("components do not fit", [Fault(what, remedy=remedy)])
        return {"encoder": ViewDims(dims.hidden, dims.hidden if self.level == "word" else None)}

    def forward(self, encoded: Encoded, batch: Batch) -> dict[str, View]:
        """Return states [B, T, D] of pieces, or [B, W, D] of words with zeros beyond the last word."""
        states = self.dropout(encoded.layers[self.layer])
        if self.level == "piece":
            return {"encoder": View(states, batch.mask, "piece")}
        index = batch.word_pieces[:, :, 0]
        words = states.gather(1, index.unsqueeze(2).expand(-1, -1, states.shape[2]))
        position = torch.arange(index.shape[1], device=index.device)
        mask = position.unsqueeze(0) < batch.n_words.unsqueeze(1)
        return {"encoder": View(words * mask.unsqueeze(2), mask, "word", states[:, 0])}
