"""jointre.joined.v1: several corpora as one."""

import json

import pytest

from jointre.data.labels import Labels
from jointre.errors import DataError
from jointre.readers.joined import JoinedReader
from jointre.readers.spert_json import SpertJsonReader


@pytest.fixture
def corpus(tmp_path):
    """Writes a corpus of one-word sentences, and its types file if types are given."""

    def write(name, words, types=None):
        path, types_path = tmp_path / f"{name}.json", tmp_path / f"{name}-types.json"
        sentences = [{"tokens": [word], "entities": [], "relations": []} for word in words]
        path.write_text(json.dumps(sentences), encoding="utf8")
        if types is not None:
            types_path.write_text(json.dumps(types.to_json()), encoding="utf8")
        return SpertJsonReader(str(path), None if types is None else str(types_path))

    return write


def test_documents_come_in_the_order_of_the_corpora_every_time(corpus):
    reader = JoinedReader({"b": corpus("b", ["one", "two"]), "a": corpus("a", ["three"])})
    for _ in range(2):
        assert [doc.words for doc in reader] == [["one"], ["two"], ["three"]]


def test_types_are_those_of_all_corpora(corpus):
    first = corpus("a", ["w"], Labels(("X", "Y"), ("A",)))
    second = corpus("b", ["w"], Labels(("Z", "X"), ("B", "A"), frozenset({"B"})))
    joined = JoinedReader({"a": first, "b": second}).labels()
    assert joined == Labels(("X", "Y", "Z"), ("A", "B"), frozenset({"B"}))
    assert JoinedReader({"c": corpus("c", ["w"])}).labels() is None


def test_an_invalid_corpus_is_refused_and_so_is_none(corpus, tmp_path):
    (tmp_path / "bad.json").write_text("[{", encoding="utf8")
    reader = JoinedReader({"a": corpus("a", ["w"]), "b": SpertJsonReader(str(tmp_path / "bad.json"))})
    with pytest.raises(DataError, match=r"bad\.json"):
        list(reader)
    with pytest.raises(ValueError, match="at least one corpus"):
        JoinedReader({})
