"""SampleReader: the small corpus that comes with jointre, so that a first run needs no download."""

from collections.abc import Iterator
from importlib.resources import files
from typing import Literal, cast, get_args

from jointre.data.doc import Doc
from jointre.data.labels import Labels
from jointre.data.report import suggest
from jointre.errors import DataError, Fault
from jointre.readers.base import Reader
from jointre.readers.jsonl import JsonlReader
from jointre.registry import registry

Split = Literal["train", "dev", "test"]


def split_named(name: str) -> Split:
    """Return the split of the built-in corpus with this name; raise a DataError if there is none."""
    if name not in get_args(Split):
        fault = Fault(f"there is no split {name!r}", "sample", suggest(name, get_args(Split)))
        raise DataError("the built-in corpus has no such split", [fault])
    return cast(Split, name)


@registry.readers("jointre.sample.v1")
class SampleReader(Reader):
    """Reads one split of the built-in corpus.

    Args:
        split: ``"train"``, ``"dev"`` or ``"test"``.
    """

    def __init__(self, split: Split) -> None:
        self.split = split
        folder = files("jointre.sample")
        self._reader = JsonlReader(str(folder / f"{split}.jsonl"), str(folder / "types.json"))

    def __iter__(self) -> Iterator[Doc]:
        return iter(self._reader)

    @property
    def notices(self) -> list[str]:
        """What was repaired while reading."""
        return self._reader.notices

    def labels(self) -> Labels | None:
        """Return the types of the corpus."""
        return self._reader.labels()
