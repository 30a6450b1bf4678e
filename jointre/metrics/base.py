"""Metric: the contract of everything that scores predicted documents against gold ones."""

from abc import ABC, abstractmethod

from jointre.data.doc import Doc


class Metric(ABC):
    """Accumulates over documents; never sees tensors. ``protocol`` names what counts as correct, for humans."""

    protocol: str

    @abstractmethod
    def update(self, gold: Doc, predicted: Doc) -> None:
        """Add one pair of documents over the same words."""

    @abstractmethod
    def compute(self) -> dict[str, float]:
        """All figures by name, for instance ``{"strict_micro_f": 0.71, ...}``, fractions of 1."""

    @abstractmethod
    def reset(self) -> None:
        """Forget everything."""
