"""Encoder: the contract of everything that turns word pieces into hidden states."""

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import torch
from torch import Tensor, nn

from jointre.component import Component
from jointre.data.batch import Batch
from jointre.data.doc import Doc
from jointre.data.labels import Labels
from jointre.data.stages import Encoded, EncoderDims, View
from jointre.errors import BuildError, Fault

if TYPE_CHECKING:
    from jointre.tokenizers.base import Tokenizer

MASK = "[MASK]"
"""In `EncoderReader.prompts`, the mask piece of the tokenizer, whatever it is called."""


@dataclass(frozen=True)
class Source:
    """Where tokenizer files, encoder config and weights come from when a model is built.

    Args:
        folder: a jointre model folder to rebuild from, or None for the pretrained encoder named in the config.
        weights: whether to load pretrained weights; ignored with ``folder``, whose weights are loaded afterwards.
        tokenizer: the built tokenizer, for components that need pieces of their own; None if the model is only laid
            out, and never reads a document.
        encoder: the place of the encoder's configuration below ``folder``.
    """

    folder: Path | None = None
    weights: bool = True
    tokenizer: "Tokenizer | None" = None
    encoder: str = "encoder"

    def at(self, name: str) -> "Source":
        """Return the source of an encoder that a component has in addition to the model's.

        ``name`` is that of the component in the model. The component itself calls ``at("other")`` for a second encoder
        of its own, in its attribute ``other``.
        """
        place = f"encoder/{name}" if self.encoder == "encoder" else f"{self.encoder}.{name}"
        return replace(self, encoder=place)


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
    no limit. ``levitates`` says, once it is built, whether it can read levitated markers. ``fills_padding`` says
    whether padding has states of its own, which only published models read.
    """

    max_length: int | None
    levitates: bool = False
    fills_padding: bool = True

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

    def levitate(
        self, encoded: Encoded, batch: Batch, ids: Tensor, at: Tensor, doc: Tensor, pieces: int
    ) -> Tensor:
        """Return the states [N, G, D] of N groups of G markers over a text that was read without them.

        A marker has the position of one piece of the text. It attends to the whole text and to the markers of its
        group; the text attends to no marker (PURE, Section 3.4). So the result for a group depends on no other group.

        Args:
            encoded: the states of ``batch``, all layers.
            batch: the text. In a document that was read in windows, markers attend to all windows.
            ids: [N, G] int64 the marker pieces.
            at: [N, G] int64 the piece of the text that each marker has the position of.
            doc: [N] int64 batch row of each group.
            pieces: maximum number of markers, with padding, that are read at once.
        """
        raise NotImplementedError

    def attention(self, batch: Batch) -> Tensor | None:
        """Return the attention weights of every layer and head from each piece to each piece, [L, B, M, T, T].

        None if the encoder has none to show, as unless overridden. ``batch`` has no windows.
        """
        return None

    def word_embeddings(self) -> Tensor | None:
        """Return the embeddings of the vocabulary [V, E]; None if there are none to read."""
        return None

    def vocabulary_size(self) -> int | None:
        """Return the number of pieces that the encoder can read; None if that is unknown."""
        table = self.word_embeddings()
        return None if table is None else len(table)

    def weights_sha256(self) -> str | None:
        """Return the SHA-256 of weights that are not parameters; None if there are none, as unless overridden."""
        return None

    def make_room(self, pieces: int) -> None:
        """Make embeddings for the pieces that were added to a vocabulary, up to ``pieces`` in all.

        Raises:
            BuildError: the encoder has fewer embeddings, and cannot make more.
        """
        table = self.word_embeddings()
        if table is None or len(table) < pieces:
            what = f"{type(self).__name__} cannot make embeddings for added pieces"
            remedy = "use an encoder whose vocabulary has unused pieces, or jointre.hf.v1"
            raise BuildError("the encoder has no room for markers", [Fault(what, remedy=remedy)])

    def compile_network(self) -> None:
        """Speed up the network with ``torch.compile``, keeping the names of parameters. Does nothing unless
        overridden.
        """

    def use_int8(self) -> None:
        """Compute the linear maps of the network in int8 from now on, for prediction on a CPU.

        Raises:
            BuildError: the encoder cannot do that, as unless overridden.
        """
        what = f"{type(self).__name__} cannot compute in int8"
        raise BuildError("int8 is not supported", [Fault(what, remedy="use fp32, or jointre.hf.v1")])

    def export_onnx(self, folder: Path, int8: bool = False) -> None:
        """Write to a folder what `jointre.onnx.v1` reads; the encoder is built, and returns what it now returns.

        Args:
            folder: exists.
            int8: whether the linear maps are to be computed in int8.

        Raises:
            BuildError: a package is not installed, or the encoder cannot be exported, as unless overridden.
        """
        what = f"{type(self).__name__} cannot be exported"
        raise BuildError(
            "the model cannot be exported", [Fault(what, remedy="use an encoder with jointre.hf.v1")]
        )

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


@dataclass(frozen=True)
class Reading:
    """A text and the states that an encoder has of it."""

    batch: Batch
    encoded: Encoded

    def keep(self, views: Mapping[str, View]) -> None:
        """Keep it with views of the text, for components that add markers to it."""
        views["encoder"].cache[Reading] = self


@dataclass(frozen=True)
class EncoderAccess:
    """What a component needs to read the text again, with markers in it.

    Args:
        encoder: the model's encoder, built.
        dims: its widths.
        source: where an encoder of the component's own comes from, and the tokenizer.
        labels: the types of the model.
    """

    encoder: Encoder
    dims: EncoderDims
    source: Source
    labels: Labels


class EncoderReader(nn.Module):
    """A component that reads the text again, with markers in it: with the model's encoder, or with one of its own.

    Attributes:
        encoder: its own encoder; None for the model's.
        inner_layers: whether it levitates markers, and therefore needs all layers of the encoder.
        read_dims: the widths of the encoder that it reads with, from `use_encoder` on.
        markers: [M] int64 the ids of the marker pieces, from `use_encoder` on; saved with the weights.
    """

    encoder: Encoder | None
    inner_layers: bool = False
    markers: Tensor

    def marker_names(self, labels: Labels) -> Sequence[str]:
        """Return the names of the M markers; two components of a model that use the same name share the marker."""
        raise NotImplementedError

    def prompts(self) -> Sequence[str]:
        """Return the words whose embeddings the M markers start from, `MASK` for the mask; none for embeddings of their
        own.
        """
        return ()

    def use_encoder(self, access: EncoderAccess) -> None:
        """Receive access to the model's encoder, and make what belongs to the text. The model calls this before
        ``build``.

        Raises:
            BuildError: there are no pieces for the markers, or an encoder has no room for them.
        """
        self._shared = (access.encoder,)  # in a tuple: its parameters are those of the model
        own = self.encoder
        self.read_dims = access.dims if own is None else own.build(access.source, self.inner_layers)
        if self.inner_layers and not self.reads_with.levitates:
            what = f"{type(self).__name__} levitates markers, which this encoder cannot read"
            remedy = "use an encoder with the layers of BERT, RoBERTa or ELECTRA"
            raise BuildError("components do not fit", [Fault(what, remedy=remedy)])
        names, tokenizer = self.marker_names(access.labels), access.source.tokenizer
        # without a tokenizer the model is only laid out, and the ids stand for nothing
        ids = list(range(len(names))) if tokenizer is None else tokenizer.extra(names)
        if tokenizer is not None:
            for encoder in dict.fromkeys([access.encoder, self.reads_with]):
                encoder.make_room(max(ids) + 1)
            if access.source.weights and access.source.folder is None:
                self._copy_prompts(ids, tokenizer)
        self.register_buffer("markers", torch.tensor(ids, dtype=torch.int64))

    def _copy_prompts(self, ids: Sequence[int], tokenizer: "Tokenizer") -> None:
        """Copy the embeddings of the first pieces of the prompts to the markers."""
        table = self.reads_with.word_embeddings()
        words = [word for word in self.prompts() if word != MASK]
        pieces = {
            e.doc.words[0]: e.ids[e.words[0, 0]] for e in tokenizer.encode([Doc([word]) for word in words])
        }
        pieces[MASK] = tokenizer.mask_id if tokenizer.mask_id is not None else tokenizer.pad_id
        if table is not None:
            with torch.no_grad():
                for piece, word in zip(ids, self.prompts(), strict=False):
                    table[piece] = table[pieces[word]]

    def reading(self, views: Mapping[str, View], batch: Batch | None = None) -> "Reading":
        """Return the text as its encoder reads it without markers, once for all calls with the same views.

        ``batch`` may be None for the encoder of a model, which has read the text before.
        """
        key, cache = (Reading if self.encoder is None else self), views["encoder"].cache
        if key not in cache:
            assert batch is not None
            cache[key] = Reading(batch, self.reads_with(batch))
        found: Reading = cache[key]
        return found

    @property
    def reads_with(self) -> Encoder:
        """The encoder that the component reads with."""
        return self._shared[0] if self.encoder is None else self.encoder
