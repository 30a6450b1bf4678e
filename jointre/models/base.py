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
    """What a model finds in a batch, as flat rows over the candidate spans it kept.

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
    """For each gold entity and each gold relation of a document why it can never be predicted; else None."""

    entities: list[str | None]
    relations: list[str | None]


class Model(Component):
    """Documents in, documents out."""

    encoder: Encoder
    labels: Labels

    @abstractmethod
    def build(self, source: Source, labels: Labels) -> None:
        """Make all parameters, in the order of the data flow."""

    @abstractmethod
    def forward(self, batch: Batch) -> Mapping[str, LossTerm]:
        """The loss terms of a batch with gold, in training mode."""

    @abstractmethod
    def predict(self, batch: Batch, given: bool = False) -> list[Doc]:
        """Predicted documents in the order of the batch; gold is never read. Needs evaluation mode.

        With ``given`` the entities of ``batch.gold`` are taken as they are, and only relations are predicted.
        """

    @property
    def given_only(self) -> bool:
        """Whether it finds no entities by itself: every prediction takes those of the documents, as with ``given``."""
        return False

    @property
    def parts(self) -> Mapping[str, Sequence[str]]:
        """The parts that a training may take from another model, by name: how the names of their tensors begin."""
        return {"encoder": ("encoder.",)}

    @property
    def threshold(self) -> float | None:
        """The probability from which a relation holds; None where none decides, as with one class a pair."""
        return None

    @threshold.setter
    def threshold(self, value: float | None) -> None:
        raise AttributeError("this model has no threshold")

    def predict_at(self, batch: Batch, thresholds: Sequence[float], given: bool = False) -> list[list[Doc]]:
        """What `predict` finds at each threshold."""
        before, found = self.threshold, []
        try:
            for self.threshold in thresholds:
                found.append(self.predict(batch, given))
        finally:
            self.threshold = before
        return found

    @property
    def terms(self) -> Collection[str]:
        """The names of all loss terms that it may have, known before it is built; none if it cannot tell."""
        return ()

    @property
    def targets(self) -> Mapping[str, Targets]:
        """For each loss term the kind of targets that its loss has to take; known once the model is built."""
        return {}

    @property
    def capped(self) -> int:
        """Number of documents so far of which spans were left out of the pairs, because there were too many."""
        return 0

    def admit(self, docs: Sequence[Doc]) -> list[str]:
        """Look at the documents of a training before anything is built; returns what the user should be told.

        Raises:
            DataError: documents that this model cannot be trained on, all of them as faults.
        """
        return []

    def unreachable(self, doc: Doc) -> Unreachable:
        """What of a document's gold this model can never predict, whatever it learns. Needs no ``build``."""
        return Unreachable([None] * len(doc.entities), [None] * len(doc.relations))
