"""The last layer as it is."""

import torch

from jointre.data.batch import Batch
from jointre.data.views import Encoded, EncoderDims, Level, View, ViewDims
from jointre.registry import registry
from jointre.views.base import ViewMaker


@registry.views("jointre.identity.v1")
class IdentityViews(ViewMaker):
    """One view, ``"encoder"``: the last hidden layer.

    Args:
        level: ``piece`` keeps word pieces with special tokens; ``word`` keeps the first piece of each word.
    """

    def __init__(self, level: Level = "piece") -> None:
        super().__init__()
        self.level = level

    def build(self, dims: EncoderDims) -> dict[str, ViewDims]:
        """The encoder's hidden width; words come with the state of position 0 as summary."""
        return {"encoder": ViewDims(dims.hidden, dims.hidden if self.level == "word" else None)}

    def forward(self, encoded: Encoded, batch: Batch) -> dict[str, View]:
        """States [B, T, D] of pieces, or [B, W, D] of words with zeros beyond the last word."""
        states = encoded.layers[-1]
        if self.level == "piece":
            return {"encoder": View(states, batch.mask, "piece")}
        index = batch.word_pieces[:, :, 0]
        words = states.gather(1, index.unsqueeze(2).expand(-1, -1, states.shape[2]))
        position = torch.arange(index.shape[1], device=index.device)
        mask = position.unsqueeze(0) < batch.n_words.unsqueeze(1)
        return {"encoder": View(words * mask.unsqueeze(2), mask, "word", states[:, 0])}
