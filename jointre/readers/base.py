"""Reader: the contract of everything that turns files into documents."""

from abc import ABC, abstractmethod
from collections.abc import Iterator

from jointre.data.doc import Doc
from jointre.data.labels import Labels
from jointre.limits import Limited


class Reader(Limited, ABC):
    """An iterable over documents that can be walked any number of times.

    Files are opened in ``__iter__``, never in ``__init__``. A faulty file raises one `jointre.errors.DataError`
    that lists all its faults with file and line or record.
    """

    @abstractmethod
    def __iter__(self) -> Iterator[Doc]:
        """Yield the documents in file order."""

    def labels(self) -> Labels | None:
        """The types that the corpus declares (a types file), or None: then they are collected from training data."""
        return None
