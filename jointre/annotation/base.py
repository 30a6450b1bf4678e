"""Tagger: the contract of everything that finds entities in raw text for `jointre annotate`."""

from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from jointre.data.doc import Doc


@dataclass(frozen=True)
class TaggerSpec:
    """What a tagger is made from, in each process anew.

    Args:
        kind: ``spacy``, ``jointre`` or ``gazetteer``.
        name: a spaCy model, a model folder, or a file.
        ignore_case: for gazetteers: whether ``ROME`` is ``Rome``.
        device: for models of jointre: ``auto``, ``cpu``, ``cuda`` or ``cuda:N``.
        code: for models of jointre: Python files with components of one's own.
    """

    kind: str
    name: str
    ignore_case: bool = False
    device: str = "auto"
    code: tuple[Path, ...] = ()

    def __str__(self) -> str:
        return f"{self.kind}:{self.name}"


class Tagger(ABC):
    """Finds entities. Made from a `TaggerSpec`, which it refuses with a `RefusedError` if it cannot be.

    Attributes:
        labels: all entity types that it may give, in a fixed order.
        identity: versions and hashes, JSON-ready; equal for two taggers only if they find the same entities.
    """

    labels: tuple[str, ...]
    identity: dict[str, Any]

    @abstractmethod
    def __init__(self, spec: TaggerSpec) -> None:
        """Load it."""

    @abstractmethod
    def tag(self, docs: Iterable[Doc]) -> Iterator[Doc | None]:
        """The documents in their order with entities in place of any they had, and without relations.

        Args:
            docs: with ``text`` and ``offsets``. A tagger with words of its own returns those; id and meta stay.

        Returns:
            None for a document that is too long for the tagger.
        """
