"""Model: the contract of what a `[model]` section makes."""

from abc import abstractmethod
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from torch import Tensor

from jointre.component import Component
from jointre.data.batch import Batch
from jointre.data.doc import Doc
from jointre.data.labels import Labels
from jointre.data.stages import LossTerm
from jointre.encoders.base import Encoder, Source
from jointre.losses.base import Targets


@dataclass(frozen=True)
class Prediction:
    """The result for one batch, as flat rows over the candidate spans that were kept.

    Args:
        entity_doc: [K] batch row; entity_words: [K, 2]; entity_label: [K] class from 1; entity_score: [K].
        head, tail: [M] rows of the entities; label: [M] relation column; score: [M]. In order of enumeration.
    """

    entity_doc: Tensor
    entity_words: Tensor
    entity_label: Tensor
    entity_score: Tensor
    head: Tensor
    tail: Tensor
    label: Tensor
    score: Tensor


class Unreachable(NamedTuple):
    """A reason for each gold entity and each gold relation that can never be predicted; None for the others."""

    entities: list[str | None]
    relations: list[str | None]


class Model(Component):
    """Predicts entities and relations for documents."""

    encoder: Encoder
    labels: Labels

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
