"""Write the documents of a corpus in another format, and say what is lost."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from jointre.data.doc import Doc
from jointre.data.report import Count, Report
from jointre.errors import DataError, Fault
from jointre.writers.base import Writer


@dataclass
class Sizes:
    """The numbers of documents, entities and relations."""

    documents: int = 0
    entities: int = 0
    relations: int = 0


@dataclass
class Conversion:
    """What was read, how many documents were written, and what the output does not hold."""

    read: Sizes = field(default_factory=Sizes)
    documents: int = 0
    report: Report = field(default_factory=Report)

    @property
    def written(self) -> Sizes:
        """What the output holds."""
        lost = self.report.lost
        entities, relations = self.read.entities - lost["entities"], self.read.relations - lost["relations"]
        return Sizes(self.documents, entities, relations)

    @property
    def lost(self) -> list[Count]:
        """The annotation that was left out, by kind."""
        return [count for count in self.report.counts if count.lost]

    @property
    def changed(self) -> list[Count]:
        """What else is different in the output, by kind."""
        return [count for count in self.report.counts if not count.lost]

    def to_json(self) -> dict[str, Any]:
        """Return the numbers and the losses for machine-readable output."""
        return {
            "read": vars(self.read),
            "written": vars(self.written),
            "losses": [count.to_json() for count in self.lost],
            "changes": [count.to_json() for count in self.changed],
        }


def convert(
    docs: Iterable[Doc],
    writer: Writer,
    path: Path,
    strict: bool = False,
    advance: Callable[[], None] = lambda: None,
) -> Conversion:
    """Write documents one after the other; nothing is written if an error occurs.

    Args:
        docs: the documents.
        writer: the format.
        path: the file or folder to write.
        strict: whether lost annotation is an error.
        advance: is called after each document that was read.

    Raises:
        DataError: nothing is left to write, or ``strict`` and annotation is lost.
    """
    found = Conversion()
    held = writer.fit(_read(docs, found.read, advance), found.report)
    writer.write(_whole(held, found, strict), path)
    return found


def _read(docs: Iterable[Doc], sizes: Sizes, advance: Callable[[], None]) -> Iterator[Doc]:
    """Yield documents, and count them and what they hold."""
    for doc in docs:
        sizes.documents += 1
        sizes.entities += len(doc.entities)
        sizes.relations += len(doc.relations)
        yield doc
        advance()


def _whole(docs: Iterable[Doc], found: Conversion, strict: bool) -> Iterator[Doc]:
    """Yield the documents; at their end, refuse an output without documents or, with ``strict``, with losses."""
    for doc in docs:
        found.documents += 1
        yield doc
    faults = [Fault(f"{count.what}: {count.times}", count.first) for count in found.lost]
    if not found.documents:
        raise DataError("the output would have no documents, so it is not written", faults)
    if strict and faults:
        raise DataError("the format cannot hold all annotation, so the output is not written", faults)
