"""Reader: the contract of every class that turns files into documents."""

from abc import ABC, abstractmethod
from collections.abc import Iterator
from typing import ClassVar

from jointre.data.doc import Doc
from jointre.data.labels import Labels
from jointre.limits import Limited
from jointre.readers.head import Head


class Reader(Limited, ABC):
    """An iterable over documents that can be iterated any number of times.

    Files are opened in ``__iter__``, never in ``__init__``. An invalid file raises one `jointre.errors.DataError` that
    lists all its faults with file and line or record.

    A reader that overrides `recognises` and whose constructor takes ``path`` takes part in `jointre.auto.v1`, the
    default reader of every command: it reads each corpus that it recognises.

    Attributes:
        layout: one line that describes the reader's files: the kind (JSON, lines, folder or binary), a colon, and the
            keys of a record, the columns of a line or the endings of file names. The message about a file that no
            reader recognises compares it with the file.
    """

    layout: ClassVar[str] = ""

    @classmethod
    def recognises(cls, head: Head) -> bool:
        """Return whether a corpus that begins like this has the format of this reader.

        Return True only if no other format looks like this: a corpus that two readers recognise is refused.
        """
        return False

    @abstractmethod
    def __iter__(self) -> Iterator[Doc]:
        """Yield the documents in file order."""

    def labels(self) -> Labels | None:
        """Return the types that the corpus declares (a types file), or None: the training data decides then."""
        return None
