"""Metric: the contract of everything that scores predicted documents against gold documents."""

from abc import ABC, abstractmethod
from collections.abc import Set
from typing import Any, Literal, NamedTuple

from jointre.data.doc import Doc
from jointre.limits import Limited
from jointre.metrics.counts import Item


class Row(NamedTuple):
    """One line of a metric's table: a type, or an average over types; shares are fractions of 1.

    A macro average is a mean of shares, so its counts are None.
    """

    kind: Literal["type", "micro", "macro"]
    label: str
    precision: float
    recall: float
    f1: float
    gold: int | None = None
    predicted: int | None = None
    correct: int | None = None


class Metric(Limited, ABC):
    """Accumulates over documents; never sees tensors.

    Attributes:
        protocol: what counts as correct, in words.
        unit: what is counted, "entities" or "relations"; empty if it is something else.
        prefix: what the names of its scores begin with; empty if they have no common beginning.
        given: whether the entities were given and only relations were predicted, which is a protocol of its own.
    """

    protocol: str
    unit: str = ""
    prefix: str = ""
    given: bool = False

    @abstractmethod
    def update(self, gold: Doc, predicted: Doc) -> None:
        """Add one pair of documents with the same words."""

    @abstractmethod
    def compute(self) -> dict[str, float]:
        """Return all scores by name, for instance ``{"strict_micro_f": 0.71, ...}``, as fractions of 1."""

    @abstractmethod
    def reset(self, given: bool = False) -> None:
        """Forget all documents. Call ``super().reset(given)``, which sets ``given``.

        Args:
            given: whether the entities of the documents that follow are given, and only relations are predicted.
        """
        self.given = given

    def compared(self, gold: Doc, predicted: Doc) -> tuple[Set[Item], Set[Item]] | None:
        """Return the items of gold and of prediction, so that errors can be divided into classes.

        None, as unless overridden, if an item does not consist of a type and extents of words, each followed by its
        type or none of them.
        """
        return None

    def table(self) -> list[Row]:
        """Return the scores as a table, types first; empty for a metric that does not measure precision and recall."""
        return []

    def to_json(self) -> dict[str, Any]:
        """Return everything worth storing, ready for JSON; always with the protocol."""
        return {"protocol": self.protocol, "figures": self.compute()}
