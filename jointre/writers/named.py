"""A writer that the user names, or whose format the name of the output says."""

import inspect
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

from jointre.annotations import fits
from jointre.errors import Fault, UsageError
from jointre.named import ShortNamed, short_name
from jointre.readers.auto import AutoReader
from jointre.readers.base import Reader
from jointre.readers.joined import JoinedReader
from jointre.readers.jsonl import JsonlReader
from jointre.readers.sample import SampleReader
from jointre.registry import registry
from jointre.writers.base import TextWriter, Writer

SHORT = {"spert": "spert_json"}  # further short names


@dataclass(frozen=True)
class NamedWriter(ShortNamed):
    """The registered name of a writer, and its arguments.

    ``brat`` is short for ``jointre.brat.v1``: the middle of a name, if only one name has it.
    """

    option: str = "--to"

    what = "writer"
    part = registry.writers
    others: ClassVar[tuple[str, ...]] = ()  # further names that the option takes

    @classmethod
    def full(cls, name: str) -> str:
        """Return the registered name that a short name stands for; any other name as it is."""
        return super().full(SHORT.get(name, name))

    def _faults(self) -> list[Fault]:
        return self._unknown(self.others)

    def make(self, **defaults: Any) -> Writer:
        """Return the writer; ``defaults`` are arguments that it gets if it takes them and they are not given.

        Raises:
            UsageError: the constructor refuses its arguments.
        """
        known = inspect.signature(self.kind).parameters
        free = known.keys() - self.arguments.keys()
        writer: Writer = self.made(**{key: value for key, value in defaults.items() if key in free})
        return writer


def writers() -> Iterator[tuple[str, type[Writer]]]:
    """Yield the names and classes of all registered writers, those of plugins included, sorted by name."""
    for name, kind in sorted(registry.writers.get_all().items()):
        if isinstance(kind, type) and issubclass(kind, Writer):
            yield name, kind


def writer_for(path: Path) -> NamedWriter | None:
    """Return the writer whose format the ending of a name says, before a ``.gz``; None if none or several do."""
    name = path.name.lower().removesuffix(".gz")
    found = [other for other, kind in writers() if name.endswith(tuple(kind.endings) or "/")]
    return NamedWriter(found[0], {}) if len(found) == 1 else None


def choose_writer(path: Path, to: str | None) -> NamedWriter:
    """Return the writer that the user names, or that the name of the output says.

    Raises:
        UsageError: there is no such writer, the name of the output does not say one, or it asks for a packed file of a
            format that is not text.
    """
    named = writer_for(path) if to is None else NamedWriter.parse(to)
    if named is None:
        names = ", ".join(short_name(name) for name, _ in writers())
        fault = Fault("its ending does not say it", str(path), f"name it with --to: {names}")
        raise UsageError("the output format is not known", [fault])
    refuse_packed(named, path)
    return named


def refuse_packed(named: NamedWriter, path: Path) -> None:
    """Refuse an output with the ending ``.gz`` of a writer that does not write a file of text.

    Raises:
        UsageError: with the name to choose.
    """
    if path.suffix.lower() == ".gz" and not issubclass(named.kind, TextWriter):
        fault = Fault(f"{named.name} does not pack its output", str(path), f"name it {path.with_suffix('')}")
        raise UsageError("the output cannot be written", [fault])


def writer_like(reader: Reader, source: str) -> Writer:
    """Return the writer of the format that a reader reads, with the arguments that both have.

    Args:
        reader: the reader of one corpus, or of several that are read one after the other.
        source: what the user calls the corpus.

    Raises:
        UsageError: no writer writes the format, or the corpora have several formats.
    """
    readers = _readers(reader)
    names = {registry.name_of(type(one)) for one in readers}
    found = [name for name, kind in writers() if {_reader_name(kind)} == names]
    found = [name for name in found if {name} == names] or found
    if len(found) != 1:
        shown = ", ".join(sorted(str(name) for name in names))
        remedy = f"name the format with --to: {', '.join(short_name(name) for name, _ in writers())}"
        raise UsageError(
            "the output format is not known", [Fault(f"no writer writes like {shown}", source, remedy)]
        )
    named = NamedWriter(found[0], {})
    known = inspect.signature(named.kind, eval_str=True).parameters
    given = {key: value for key, value in vars(readers[0]).items() if key in known}
    return named.make(**{key: value for key, value in given.items() if fits(value, known[key].annotation)})


def _readers(reader: Reader) -> list[Reader]:
    if isinstance(reader, JoinedReader):
        return [inner for one in reader.readers.values() for inner in _readers(one)]
    if isinstance(reader, AutoReader):
        return [reader.reader]
    return [JsonlReader(None)] if isinstance(reader, SampleReader) else [reader]


def _reader_name(kind: type[Writer]) -> str:
    return kind.reader.partition(":")[0]
