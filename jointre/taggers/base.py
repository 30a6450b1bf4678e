"""Tagger: the contract of everything that finds entities in raw text for `jointre annotate`."""

from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from jointre.data.doc import Doc


@dataclass(frozen=True)
class TaggerSpec:
    """Everything from which a tagger is made, in each process.

    Args:
        kind: ``spacy``, ``jointre`` or ``gazetteer``, or the registered name of a tagger, which may be short.
        name: a spaCy model, a model folder, or a file.
        ignore_case: for gazetteers: whether ``ROME`` matches ``Rome``.
        device: for jointre models: ``auto``, ``cpu``, ``cuda`` or ``cuda:N``.
        code: Python files with components of your own.
    """

    kind: str
    name: str
    ignore_case: bool = False
    device: str = "auto"
    code: tuple[Path, ...] = ()

    def __str__(self) -> str:
        return f"{self.kind}:{self.name}"

    def absolute(self) -> "TaggerSpec":
        """Return the spec for a process that may work in another folder: paths of files and folders are absolute."""
        name = str(Path(self.name).absolute()) if Path(self.name).exists() else self.name
        return replace(self, name=name, code=tuple(file.absolute() for file in self.code))


class Tagger(ABC):
    """Finds entities. It is made from a `TaggerSpec`, its ``spec``; it raises a `RefusedError` if that cannot be used.

    Attributes:
        example: how to name it on the command line, for messages.
        ignores_case: whether it supports ``ignore_case``.
        labels: all entity types that it may find, in a fixed order.
        identity: versions and hashes, JSON-ready; equal for two taggers only if they find the same entities.
    """

    example: str = ""
    ignores_case: bool = False
    labels: tuple[str, ...]
    identity: dict[str, Any]

    @abstractmethod
    def __init__(self, spec: TaggerSpec) -> None:
        """Load the tagger."""

    @abstractmethod
    def tag(self, docs: Iterable[Doc]) -> Iterator[Doc | None]:
        """Yield each document, in order, with the entities that were found and without relations.

        Args:
            docs: with ``text`` and ``offsets``. A tagger that splits words itself replaces words and offsets; id and
                meta stay.

        Yields:
            The document, or None if it is too long for the tagger.
        """
