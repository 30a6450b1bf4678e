"""JoinedReader: several corpora as one."""

from collections.abc import Iterator

from jointre.data.doc import Doc
from jointre.data.labels import Labels
from jointre.readers.base import Reader
from jointre.registry import registry


@registry.readers("jointre.joined.v1")
class JoinedReader(Reader):
    """Yields the documents of several corpora, one corpus after the other.

    SpERT's final models were trained on train and dev together.

    Args:
        readers: the corpora by name, in order.
    """

    def __init__(self, readers: dict[str, Reader]) -> None:
        if not readers:
            raise ValueError("readers must name at least one corpus")
        self.readers = readers

    @property
    def notices(self) -> list[str]:
        """The notices of all readers."""
        return [notice for reader in self.readers.values() for notice in getattr(reader, "notices", [])]

    def __iter__(self) -> Iterator[Doc]:
        for reader in self.readers.values():
            yield from reader

    def labels(self) -> Labels | None:
        """Return all declared types, those of the first corpus first; None if no corpus declares any."""
        declared = [labels for reader in self.readers.values() if (labels := reader.labels()) is not None]
        if not declared:
            return None
        return Labels(
            tuple(dict.fromkeys(name for labels in declared for name in labels.entities)),
            tuple(dict.fromkeys(name for labels in declared for name in labels.relations)),
            frozenset(name for labels in declared for name in labels.symmetric),
        )
