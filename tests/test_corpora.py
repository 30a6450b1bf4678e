"""The errors of several corpora."""

from collections.abc import Iterator

import pytest

from jointre.corpora import read_all, unannotated
from jointre.data.doc import Doc, Entity, Relation
from jointre.data.labels import Labels
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
    readers = {"train": Refusing(train), "dev": Refusing(dev), "test": Refusing(DataError("no corpus"))}
    with pytest.raises(DataError) as caught:
        read_all(readers, UnicodeWords())
    assert str(caught.value).splitlines()[1:] == [
        "  - corpora.train: the plan cannot be read: no such file",
        "      -> give another",
        "  - dev.jsonl:3: is bad",
        "  - corpora.test: no corpus",
    ]


def test_a_corpus_without_annotation_is_told():
    bare, words = Doc(["Ann", "sings"]), ["Ann", "Bob"]
    named = Doc(words, [Entity(0, 1, "X"), Entity(1, 2, "X")])
    related = Doc(words, named.entities, [Relation(0, 1, "R")])
    labels = Labels(("X",), ("R",))
    assert unannotated("dev", [bare, related], labels) == unannotated("dev", [], labels) == []
    assert unannotated("dev", [bare, named], Labels(("X",))) == []
    for name, docs, said in (
        ("dev", [bare], "dev: no document has an annotated entity, so its entity scores are meaningless"),
        (
            "dev",
            [named],
            "dev: no document has an annotated relation, so its relation scores are meaningless",
        ),
        ("train", [named], "train: no document has an annotated relation, so the model learns no relation"),
    ):
        (notice,) = unannotated(name, docs, labels)
        assert notice == f"{said}; if it should have some, compare its keys with: jointre docs data-formats"
