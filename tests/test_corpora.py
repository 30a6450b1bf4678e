"""The errors of several corpora."""

from collections.abc import Iterator

import pytest

from jointre.corpora import read_all
from jointre.data.doc import Doc
from jointre.errors import DataError, Fault
from jointre.place import Place
from jointre.readers.base import Reader
from jointre.splitters import UnicodeWords


class Refusing(Reader):
    """Raises an error."""

    def __init__(self, error: DataError) -> None:
        self.error = error

    def __iter__(self) -> Iterator[Doc]:
        raise self.error

    def labels(self) -> None:
        """Return nothing."""


def test_every_fault_of_several_corpora_says_what_failed_and_where():
    train = DataError("the plan cannot be read", [Fault("no such file", remedy="give another")])
    dev = DataError("dev cannot be used", [Fault("is bad", Place("dev.jsonl", 3))])
    with pytest.raises(DataError) as caught:
        corpora = {"train": Refusing(train), "dev": Refusing(dev), "test": Refusing(DataError("no corpus"))}
        read_all(corpora, UnicodeWords())
    assert str(caught.value).splitlines()[1:] == [
        "  - corpora.train: the plan cannot be read: no such file",
        "      -> give another",
        "  - dev.jsonl:3: is bad",
        "  - corpora.test: no corpus",
    ]
