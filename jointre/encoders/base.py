"""Encoder: the contract of everything that turns word pieces into hidden states."""

from abc import ABC, abstractmethod
from dataclasses import dataclass
from pathlib import Path

from torch import Tensor, nn

from jointre.component import Component
from jointre.data.batch import Batch
from jointre.data.stages import Encoded, EncoderDims
from jointre.errors import BuildError, Fault


@dataclass(frozen=True)
class Source:
    """Where tokenizer files, encoder config and weights come from when a model is built.

    Args:
        folder: a jointre model folder to rebuild from, or None for the pretrained encoder named in the config.
        weights: whether to load pretrained weights; ignored with ``folder``, whose weights are loaded afterwards.
    """

    folder: Path | None = None
    weights: bool = True


class UpperLayers(nn.Module, ABC):
    """The highest layers of an encoder, and whatever follows them, with parameters of their own."""

    @abstractmethod
    def forward(self, states: Tensor, batch: Batch) -> Tensor:
        """Return the states of the last layer [B, T, D] from those of the layer below the copied ones.

        Padding never influences a real position. If ``batch.windows`` is not None, the layers read the states of each
        window, and return states of whole documents, as `Encoder.forward` does.
        """

    @abstractmethod
    def depths(self) -> list[list[nn.Parameter]]:
        """Return the parameters of each layer, lowest first; those outside the layers are left out."""


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

    def upper_layers(self, count: int) -> UpperLayers:
        """Return a copy of the ``count`` highest layers.

        All of its parameters are trained, even if those of the encoder are frozen. From ``layers[-1 - count]`` of
        `Encoded` the copy first computes ``layers[-1]``.

        Raises:
            BuildError: the encoder has fewer layers, or they cannot be run without those below them.
        """
        what = f"the layers of a {type(self).__name__} cannot be copied"
        raise BuildError("components do not fit", [Fault(what, remedy="leave [model.rereader] out")])

    @abstractmethod
    def save(self, folder: Path) -> None:
        """Write the encoder's configuration, without its weights, to ``folder``."""
