"""Renderer: the contract of every format for people, which no reader needs to read back."""

from abc import ABC, abstractmethod
from collections.abc import Iterable
from typing import TextIO

from jointre.data.doc import Doc
from jointre.data.labels import Labels
from jointre.limits import Limited


class Renderer(Limited, ABC):
    """Shows documents, for `jointre predict --format NAME`. What it writes is never read back; a writer's output is.

    Attributes:
        endings: what the name of an output ends with that gets this format without being asked for.
    """

    endings: tuple[str, ...] = ()

    @abstractmethod
    def render(self, docs: Iterable[Doc], file: TextIO, labels: Labels) -> None:
        """Write documents to an open file as they come, or all at the end.

        Args:
            docs: documents with entities and relations; scores are shown if they are set.
            file: stdout, or a file.
            labels: the types of the model.
        """
