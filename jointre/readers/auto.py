"""The default reader: it reads a corpus with the reader that recognises it."""

import inspect
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from jointre.data.doc import Doc
from jointre.data.labels import Labels, load_types
from jointre.errors import DataError, Fault
from jointre.limits import InputPath
from jointre.readers.base import Reader
from jointre.readers.jsonl import JsonlReader
from jointre.readers.recognise import recognise
from jointre.registry import registry


@registry.readers("jointre.auto.v1")
class AutoReader(Reader):
    """Reads a corpus in any format that a registered reader recognises, those of plugins included.

    The format is found when the documents are first read. Arguments of one reader, such as ``overlapping``, need that
    reader by name: ``--reader jointre.spert_json.v1:overlapping=drop_sentence``.

    Args:
        path: the file or folder; None for a path that is still to be set.
        types: a types file, or None.
    """

    def __init__(self, path: InputPath | None, types: InputPath | None = None) -> None:
        self.path = path
        self.types = types
        self._reader: Reader | None = None

    @property
    def reader(self) -> Reader:
        """The reader that recognises the corpus.

        Raises:
            DataError: no reader recognises it, or several do.
        """
        if self._reader is None:
            kind = JsonlReader if not self.path else recognise(Path(self.path))
            self._reader = make_reader(kind, self.path, self.types)
        return self._reader

    @property
    def notices(self) -> list[str]:
        """What the reader repaired or accepted, as far as it has read."""
        return list(getattr(self._reader, "notices", []))

    @property
    def repairs(self) -> list[Fault]:
        """Every single repair of the reader, as far as it has read."""
        return list(getattr(self._reader, "repairs", []))

    def __iter__(self) -> Iterator[Doc]:
        yield from self.reader

    def labels(self) -> Labels | None:
        """Return the types of the types file, or those that the recognised reader declares."""
        return load_types(self.types) if self.types is not None else self.reader.labels()


def make_reader(kind: Any, path: str | None, types: str | None = None, **arguments: Any) -> Reader:
    """Return a reader of a path; ``types`` is passed on if its constructor takes it.

    Raises:
        DataError: the constructor refuses its arguments.
    """
    if types is not None and "types" in inspect.signature(kind).parameters:
        arguments["types"] = types
    try:
        reader: Reader = kind(path, **arguments)
    except (TypeError, ValueError) as error:
        name = registry.name_of(kind) or getattr(kind, "__name__", str(kind))
        raise DataError(f"{name} cannot read {path}", [Fault(str(error), str(path))]) from error
    return reader
