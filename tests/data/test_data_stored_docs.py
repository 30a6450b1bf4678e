"""Documents and encodings in files are those that were written, or are refused."""

import pickle
from dataclasses import replace
from multiprocessing import get_context

import numpy as np
import pytest

from jointre.data.doc import Doc, Entity, Relation
from jointre.data.encoded_corpus import EncodedCorpus, write_encodings
from jointre.data.encoding import Encoding, Layout
from jointre.data.flat_files import Damaged, link_equal_files
from jointre.data.segments import Extent, cut
from jointre.data.stored_docs import StoredDocs, write_docs
from jointre.errors import DataError
from jointre.place import Place

TEXT = 'Анна "Berg"\nworks \U0001f600 here. She left.'
OFFSETS = [(0, 4), (5, 11), (12, 17), (18, 19), (20, 24), (24, 25), (26, 29), (30, 34), (34, 35)]
WHOLE = Doc(
    [TEXT[start:end] for start, end in OFFSETS],
    [Entity(0, 2, "Per", 0.1 + 0.2), Entity(3, 5, "Org", chars=(18, 23)), Entity(6, 7, "Per")],
    [Relation(0, 1, "works for"), Relation(1, 0, "of", 1 / 3)],
    TEXT,
    OFFSETS,
    "own name",
    {"source": ["x", None, 1.5], "text": {"nested": True}},
    Place("a/train.jsonl", 3),
    True,
    [(0, 6), (6, 9)],
)
DOCS = [
    WHOLE,
    *cut(WHOLE, [Extent(0, 6, 0, 9), Extent(6, 9, 2, 9)]),
    Doc(["plain", "words"], id="train.json[2]", where=Place("b/train.json", 7, record=2)),
    Doc(["other", "\udc80"], [Entity(0, 1, "A")], where="somewhere"),
    Doc(["last"], meta={"n": 1}, where=Place("x.cfg", section=("a", "b"), key="k", item="word 3")),
]


@pytest.fixture
def folder(tmp_path):
    write_docs(tmp_path, iter(DOCS), lambda: {"facts": {"notices": ["one"]}})
    return tmp_path


def everything(doc):
    """All fields of a document, those that equality leaves out included."""
    places = [(entity.start_char, entity.end_char) for entity in doc.entities]
    return type(doc), vars(doc), places


def test_documents_come_back_as_they_were(folder):
    stored = StoredDocs(folder)
    assert [everything(doc) for doc in stored] == [everything(doc) for doc in DOCS]
    assert stored.facts["facts"] == {"notices": ["one"]}
    assert (stored[-1], stored[1:4:2], len(stored)) == (DOCS[-1], DOCS[1:4:2], len(DOCS))
    with pytest.raises(IndexError):
        stored[len(DOCS)]


def test_a_text_that_segments_share_is_written_once(folder):
    assert len(StoredDocs(folder)._arrays["shared_ends"]) == 2
    assert (folder / "shared.bin").read_text("utf8").count("works") == 1


def test_documents_are_passed_on_as_a_path(folder):
    data = pickle.dumps(StoredDocs(folder))
    assert len(data) < 500 and list(pickle.loads(data)) == DOCS


@pytest.mark.parametrize("name", ["record.bin", "shared_ends.bin", "manifest.json"])
@pytest.mark.parametrize("kind", ["cut", "changed", "missing"])
def test_damaged_files_are_refused(folder, name, kind):
    file = folder / name
    data = file.read_bytes()
    file.unlink()
    if kind != "missing":
        file.write_bytes(data[:-2] if kind == "cut" else data.replace(data[3:4], b"?"))
    with pytest.raises(Damaged):
        StoredDocs(folder)


def test_documents_of_another_class_are_refused(tmp_path):
    class Mine(Doc):
        pass

    with pytest.raises(DataError, match="of the class Mine"):
        write_docs(tmp_path, [Mine(["a"], id="x")], dict)


def test_equal_files_are_linked(folder, tmp_path_factory):
    other = tmp_path_factory.mktemp("other")
    write_docs(other, [replace(DOCS[0], id="renamed"), *DOCS[1:]], dict)
    link_equal_files(other, folder)
    same = {name: (folder / name).samefile(other / name) for name in ("shared.bin", "record.bin")}
    assert same == {"shared.bin": True, "record.bin": False}
    assert StoredDocs(other)[0].id == "renamed"


LAYOUT = Layout(np.array([[1, 4], [2, 6]]), np.array([0, 0, 1, 1, 1]))
ENCODINGS = [
    Encoding(DOCS[0], [2, 70_000, 5, 3], np.array([[1, 2], [2, 3]]), 0, None, (1, 0)),
    Encoding(DOCS[2], [2, 5, 6, 7, 8, 9, 3], np.array([[1, 3], [3, 6]]), 2, LAYOUT),
    Encoding(DOCS[3], [2, 3], np.empty((0, 2), np.int64), 3),
]


def same(one, other):
    assert (one.doc, one.ids, one.key, one.around) == (other.doc, other.ids, other.key, other.around)
    assert one.words.dtype == other.words.dtype and np.array_equal(one.words, other.words)
    assert (one.windows is None) == (other.windows is None)
    if one.windows is not None:
        assert np.array_equal(one.windows.ranges, other.windows.ranges)
        assert np.array_equal(one.windows.window, other.windows.window)
        assert one.windows.window.dtype == np.int64


def test_encodings_come_back_as_they_were(tmp_path):
    write_encodings(tmp_path, ENCODINGS)
    stored = EncodedCorpus.open(DOCS, tmp_path)
    for corpus in (stored, EncodedCorpus.in_memory(DOCS, ENCODINGS), pickle.loads(pickle.dumps(stored))):
        assert len(corpus) == 3 and corpus.lengths.tolist() == [4, 7, 2] and corpus.windowed == 1
        for one, other in zip(corpus, ENCODINGS, strict=True):
            same(one, other)
    none = EncodedCorpus.in_memory([], [])
    assert (list(none), none.lengths.tolist(), none.windowed) == ([], [], 0)


def _length(corpus):
    return len(corpus[1].ids)


def test_another_process_maps_the_same_files(folder, tmp_path_factory):
    encodings = tmp_path_factory.mktemp("encodings")
    write_encodings(encodings, ENCODINGS)
    corpus = EncodedCorpus.open(StoredDocs(folder), encodings)
    with get_context("spawn").Pool(1) as pool:
        assert pool.apply(_length, (corpus,)) == 7
