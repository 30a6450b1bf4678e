"""Encoder: the contract of everything that turns word pieces into hidden states."""

from abc import abstractmethod
from dataclasses import dataclass
from pathlib import Path

from torch import Tensor, nn

from jointre.component import Component
from jointre.data.batch import Batch
from jointre.data.stages import Encoded, EncoderDims


@dataclass(frozen=True)
class Source:
    """Where tokenizer files, encoder config and weights come from when a model is built.

    Args:
        folder: a jointre model folder to rebuild from, or None for the pretrained encoder named in the config.
        weights: whether to load pretrained weights; ignored with ``folder``, whose weights are loaded afterwards.
    """

    folder: Path | None = None
    weights: bool = True


class Encoder(Component):
    """Contextual states of word pieces.

    ``max_length`` is the largest number of pieces that the encoder accepts, special tokens included; None if there is
    no limit.
    """

    max_length: int | None

    @abstractmethod
    def build(self, source: Source, inner_layers: bool = False, pooled: bool = False) -> EncoderDims:
        """Make the network; with ``source.weights`` load pretrained weights.

        Args:
            source: where the encoder's config and weights come from.
            inner_layers: whether layers below the last are read: `Encoded` then contains all layers.
            pooled: whether the pooled output is read, which not every encoder has.

        Raises:
            BuildError: the encoder cannot be loaded, or cannot give what is read.
        """

    @abstractmethod
    def forward(self, batch: Batch) -> Encoded:
        """Return the hidden layers of ``batch.ids`` [B, T]; padding never influences a real position.

        If ``batch.windows`` is not None, the encoder reads the windows instead of ``batch.ids`` and still returns
        states of whole documents; `jointre.encoders.windows.encode_windows` does all of this. An encoder whose
        ``max_length`` is None never receives windows.
        """

    def attention(self, batch: Batch) -> Tensor | None:
        """Return the attention weights of every layer and head from each piece to each piece, [L, B, M, T, T].

        None if the encoder has none to show, as unless overridden. ``batch`` has no windows.
        """
        return None

    def word_embeddings(self) -> Tensor | None:
        """Return the embeddings of the vocabulary [V, E]; None if there are none to read."""
        return None

    def compile_network(self) -> None:
        """Speed up the network with ``torch.compile``, keeping the names of parameters. Does nothing unless
        overridden.
        """

    def depths(self) -> list[list[nn.Parameter]]:
        """Return the parameters of the embeddings, then those of each layer, lowest first; an empty list if unknown.

        Parameters after the layers are left out.
        """
        return []

    @abstractmethod
    def save(self, folder: Path) -> None:
        """Write the encoder's configuration, without its weights, to ``folder``."""
