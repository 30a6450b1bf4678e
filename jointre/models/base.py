"""Model: the contract of what a `[model]` section makes."""

from abc import abstractmethod
from collections.abc import Collection, Mapping, Sequence
from typing import NamedTuple

from jointre.component import Component
from jointre.data.batch import Batch
from jointre.data.doc import Doc
from jointre.data.labels import Labels
from jointre.data.stages import LossTerm
from jointre.decoders.base import Decoder
from jointre.encoders.base import Encoder, Source
from jointre.errors import BuildError, Fault
from jointre.losses.base import Targets
from jointre.nn.int8 import shared_copy


class Unreachable(NamedTuple):
    """A reason for each gold entity and each gold relation that can never be predicted; None for the others."""

    entities: list[str | None]
    relations: list[str | None]


class Model(Component):
    """Predicts entities and relations for documents."""

    encoder: Encoder
    labels: Labels
    decoder: Decoder | None = None
    """What chooses among the entities and relations that were found; None for a model that does this by itself."""

    @abstractmethod
    def build(self, source: Source, labels: Labels) -> None:
        """Make all parameters, in the order of the data flow."""

    @abstractmethod
    def forward(self, batch: Batch) -> Mapping[str, LossTerm]:
        """Return the loss terms of a batch with gold, in training mode."""

    @abstractmethod
    def predict(self, batch: Batch, given: bool = False) -> list[Doc]:
        """Return the predicted documents in the order of the batch. Call it in evaluation mode; gold is never read.

        With ``given``, the entities of ``batch.gold`` are used as they are, and only relations are predicted.
        """

    def use_decoder(self, decoder: Decoder) -> None:
        """Predict with another decoder from now on; the model is built.

        Raises:
            BuildError: the model does this by itself, or the decoder does not fit its types.
        """
        if self.decoder is None:
            fault = Fault(f"{type(self).__name__} has no decoder", remedy="predict without one")
            raise BuildError("the decoder cannot be replaced", [fault])
        decoder.build(self.labels)
        self.decoder = decoder

    @property
    def given_only(self) -> bool:
        """Whether the model finds no entities itself, so that every prediction uses given entities, as with
        ``given``.
        """
        return False

    @property
    def parts(self) -> Mapping[str, Sequence[str]]:
        """The parts that can be initialised from another model, by name, as prefixes of the names of their tensors."""
        return {"encoder": ("encoder.",)}

    def initialized(self, parts: Collection[str]) -> None:
        """Update whatever was copied from these parts, whose weights ``[initialize]`` has loaded since ``build``."""

    @property
    def encoders(self) -> Mapping[str, Encoder]:
        """Every encoder of the model, by the place of its configuration in a model folder (`Source.at`)."""
        parts = {name: part for name, part in self.named_modules() if isinstance(part, Encoder)}
        return encoder_places(parts, self.encoder)

    def in_int8(self) -> "Model":
        """Return a copy that shares all weights, but whose encoders compute in int8. The model is built.

        Raises:
            BuildError: an encoder cannot do that.
        """
        copy = shared_copy(self)
        for encoder in copy.encoders.values():
            encoder.use_int8()
        return copy

    @property
    def threshold(self) -> float | None:
        """The probability from which a relation holds; None if no threshold decides, as with one class per pair."""
        return None

    @threshold.setter
    def threshold(self, value: float | None) -> None:
        raise AttributeError("this model has no threshold")

    def predict_at(self, batch: Batch, thresholds: Sequence[float], given: bool = False) -> list[list[Doc]]:
        """Return what `predict` finds at each threshold."""
        before, found = self.threshold, []
        try:
            for self.threshold in thresholds:
                found.append(self.predict(batch, given))
        finally:
            self.threshold = before
        return found

    @property
    def terms(self) -> Collection[str]:
        """The names of all loss terms that the model may have, known before it is built; none if it cannot tell."""
        return ()

    @property
    def targets(self) -> Mapping[str, Targets]:
        """The kind of targets of each loss term; known once the model is built."""
        return {}

    @property
    def capped(self) -> int:
        """The number of documents so far in which spans were not paired because there were too many."""
        return 0

    def admit(self, docs: Sequence[Doc]) -> list[str]:
        """Check training documents before anything is built; return the lines to show to the user.

        Raises:
            DataError: documents that this model cannot be trained on, one fault each.
        """
        return []

    def unreachable(self, doc: Doc) -> Unreachable:
        """Return which gold annotations of a document this model can never predict, whatever it learns. Needs no
        ``build``.
        """
        return Unreachable([None] * len(doc.entities), [None] * len(doc.relations))


def encoder_places(parts: Mapping[str, Encoder], main: Encoder) -> dict[str, Encoder]:
    """Return the encoders of a model, given by their names, by the place of their configuration in a model folder."""
    own = {name.removesuffix(".encoder"): part for name, part in parts.items() if part is not main}
    return {"encoder": main, **{f"encoder/{owner}": part for owner, part in own.items()}}
