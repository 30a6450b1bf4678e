"""Opening what the command line takes: corpora, prediction input, raw text, the built-in sample."""

import gzip
import io
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from jointre.data.doc import Doc, Entity
from jointre.errors import DataError
from jointre.readers.bilou_json import BilouJsonReader
from jointre.readers.column import ColumnReader
from jointre.readers.i2b2 import I2b2Reader
from jointre.readers.jsonl import JsonlReader
from jointre.readers.multihead import MultiheadReader
from jointre.readers.open import docs_from_texts, open_data, read_input
from jointre.readers.opennre import OpenNREReader
from jointre.readers.sample import SampleReader
from jointre.readers.semeval import SemEval2010Reader
from jointre.readers.spert_json import SpertJsonReader
from jointre.readers.tacred import TacredReader
from jointre.readers.text import TextReader
from jointre.readers.triples import TriplesReader

OURS = {"tokens": ["a"], "entities": [{"start": 0, "end": 1, "label": "X"}]}
SPERT = {"tokens": ["a"], "entities": [{"start": 0, "end": 1, "type": "X"}], "relations": []}
TEXT = "Dr. Ann lives in Rome.  She sings!\n\n  \n Bob does not. "


def save(path: Path, text: str) -> str:
    path.write_text(text, encoding="utf-8")
    return str(path)


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        (json.dumps(OURS), JsonlReader),
        (json.dumps([OURS]), JsonlReader),
        (json.dumps({"text": "a"}), JsonlReader),
        (json.dumps({"tokens": ["a"]}), JsonlReader),
        (json.dumps(SPERT), SpertJsonReader),
        (json.dumps([{"tokens": ["a"], "entities": []}, SPERT], indent=1), SpertJsonReader),
        (json.dumps([["a", "b"]]), SpertJsonReader),
        (json.dumps(["a b"]), SpertJsonReader),
        ("{broken", JsonlReader),
        ("", JsonlReader),
    ],
)
@pytest.mark.parametrize("name", ["a.json", "a.jsonl", "a.data"])
def test_formats_are_recognised_by_content(tmp_path: Path, name: str, text: str, kind: type) -> None:
    path = save(tmp_path / name, text)
    reader = open_data(path, "types.json")
    assert type(reader) is kind
    assert isinstance(reader, JsonlReader | SpertJsonReader)
    assert (reader.path, reader.types) == (path, "types.json")


COLUMN = "7\tS-X\t0\tO\tO\tAnn\tO\tO\tO\n\n"
MULTIHEAD = "#doc 7\n0\tAnn\tB-X\t['N']\t[0]\n"
TAGS = json.dumps([{"tokens": ["Ann"], "tags": ["U-X"], "relations": []}])


@pytest.mark.parametrize(
    ("text", "kind"), [(COLUMN, ColumnReader), (MULTIHEAD, MultiheadReader), (TAGS, BilouJsonReader)]
)
@pytest.mark.parametrize("name", ["a.txt", "a.tsv", "a.json", "a"])
def test_formats_with_tags(tmp_path: Path, name: str, text: str, kind: type) -> None:
    path = save(tmp_path / name, text.replace("\n", "\r\n"))
    reader = open_data(path)
    assert type(reader) is kind
    assert list(read_input(path)) == list(reader)


SEMEVAL = '1\t"<e1>Ann</e1> saw <e2>Bob</e2>."\nOther\nComment:\n'
OPENNRE = json.dumps({"text": "Ann saw Bob", "h": {"pos": [0, 3]}, "t": {"pos": [8, 11]}, "relation": "R"})
TACRED = json.dumps(
    [
        {
            "token": ["Ann", "saw", "Bob"],
            "relation": "R",
            "subj_type": "X",
            "obj_type": "X",
            "subj_start": 0,
            "subj_end": 0,
            "obj_start": 2,
            "obj_end": 2,
        }
    ]
)
TRIPLES = json.dumps({"text": "Ann saw Bob", "triple_list": [["Ann", "R", "Bob"]]})


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        (SEMEVAL, SemEval2010Reader),
        (OPENNRE, OpenNREReader),
        (TACRED, TacredReader),
        (TRIPLES, TriplesReader),
    ],
)
@pytest.mark.parametrize("name", ["a.json", "a"])
def test_formats_with_given_pairs(tmp_path: Path, name: str, text: str, kind: type) -> None:
    path = save(tmp_path / name, text.replace("\n", "\r\n"))
    reader = open_data(path)
    assert type(reader) is kind
    assert [len(doc.entities) for doc in read_input(path)] == [2]


@pytest.mark.parametrize(
    "sentence",
    ['"a <e1>b</e1> c"', '"<e2>a</e2> <e1>b</e1>"', '"<e1></e1> <e2>b</e2>"', "<e1>a</e1><e2>b</e2>", '"'],
)
def test_sentences_without_two_marked_nominals_are_text(tmp_path: Path, sentence: str) -> None:
    path = save(tmp_path / "a", f"1\t{sentence}\nOther\n")
    assert [doc.meta["line"] for doc in read_input(path)][-1] == 2


def test_keys_of_the_standard_form_come_first(tmp_path: Path) -> None:
    path = save(tmp_path / "a.jsonl", json.dumps({**OURS, **json.loads(TRIPLES), "text": None}))
    assert type(open_data(path)) is JsonlReader


def test_tags_that_mean_something_else(tmp_path: Path) -> None:
    path = save(tmp_path / "a.jsonl", json.dumps({"tokens": ["Ann"], "tags": ["NNP"]}))
    assert type(open_data(path)) is JsonlReader
    spoken = save(tmp_path / "a.txt", "#doc of the day\nAnn sings.\n")
    assert [doc.words for doc in read_input(spoken)] == [
        ["#", "doc", "of", "the", "day"],
        ["Ann", "sings", "."],
    ]


def test_a_folder_of_notes(tmp_path: Path) -> None:
    save(tmp_path / "n.txt", "Ann sings .\n")
    (tmp_path / "concept").mkdir()
    save(tmp_path / "concept" / "n.con", 'c="ann" 1:0 1:0||t="X"\n')
    reader = open_data(str(tmp_path))
    assert type(reader) is I2b2Reader
    assert list(read_input(str(tmp_path))) == list(reader)
    save(tmp_path / "a.jsonl", json.dumps(OURS))
    assert type(open_data(str(tmp_path))) is JsonlReader


def test_a_folder(tmp_path: Path) -> None:
    save(tmp_path / "a.jsonl", json.dumps(SPERT))
    assert type(open_data(str(tmp_path))) is SpertJsonReader
    assert [doc.id for doc in read_input(str(tmp_path))] == ["a.jsonl:1"]


def test_what_is_not_a_corpus(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="did you mean"):
        save(tmp_path / "test.jsonl", "")
        open_data(str(tmp_path / "tests.jsonl"))
    with pytest.raises(DataError, match="raw text has no annotation"):
        open_data(save(tmp_path / "a.txt", TEXT))
    (tmp_path / "texts").mkdir()
    save(tmp_path / "texts" / "a.txt", TEXT)
    with pytest.raises(DataError, match="raw text has no annotation"):
        open_data(str(tmp_path / "texts"))
    with pytest.raises(DataError, match=r"did you mean 'test'"):
        open_data("sample:tst")
    with pytest.raises(DataError, match="sample:train"):
        open_data("sample")
    (tmp_path / "b.json.gz").write_bytes(b"no")
    with pytest.raises(DataError, match="gzip"):
        open_data(str(tmp_path / "b.json.gz"))


def check_text(name: str, docs: list[Any]) -> None:
    assert [(doc.id, doc.text, doc.meta) for doc in docs] == [
        (f"{name}:1", "Dr. Ann lives in Rome.  She sings!", {"line": 1}),
        (f"{name}:4", " Bob does not. ", {"line": 4}),
    ]
    assert [[doc.words[start:end] for start, end in doc.sentences] for doc in docs] == [
        [["Dr", ".", "Ann", "lives", "in", "Rome", "."], ["She", "sings", "!"]],
        [["Bob", "does", "not", "."]],
    ]


@pytest.mark.parametrize("name", ["a.txt", "a.md", "a"])
def test_raw_text(tmp_path: Path, name: str) -> None:
    check_text(name, list(read_input(save(tmp_path / name, TEXT))))
    reader = TextReader(str(tmp_path / name))
    check_text(name, list(reader))
    check_text(name, list(reader))


def test_raw_text_packed_with_bom_and_crlf(tmp_path: Path) -> None:
    data = b"\xef\xbb\xbf" + TEXT.replace("\n", "\r\n").encode()
    (tmp_path / "a.txt.gz").write_bytes(gzip.compress(data))
    check_text("a.txt.gz", list(read_input(str(tmp_path / "a.txt.gz"))))


def test_json_input_whatever_its_name(tmp_path: Path) -> None:
    for text in (json.dumps(OURS), json.dumps([OURS]), json.dumps([["a"]], indent=1), json.dumps(["a"])):
        for name in ("a.jsonl", "a.json", "a.x", "a.txt"):
            assert [doc.words for doc in read_input(save(tmp_path / name, text))] == [["a"]]


@pytest.mark.parametrize("text", ["[1] Ann sings.", "{curly} Ann", "[", "[x] y", "{", "3"])
def test_text_that_looks_a_little_like_json(tmp_path: Path, text: str) -> None:
    assert [doc.text for doc in read_input(save(tmp_path / "a.md", text))] == [text]
    assert [doc.text for doc in read_input(save(tmp_path / "a.txt", text))] == [text]


def test_json_in_a_text_file_that_no_reader_recognises(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="its records have the keys 'name'"):
        read_input(save(tmp_path / "a.txt", '{"name": "Ann"}\n{"name": "Bob"}\n'))


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("a.csv", 'id,text\n1,"Ann, who sings."\n'),
        ("a.txt", "text;label\nAnn sings.;1\nBob sings.;0\n"),
        ("a", "id\ttext\n1\tAnn sings.\n"),
        ("a.tsv", "Ann sings.\nBob sings.\n"),
    ],
)
def test_a_table_is_not_text(tmp_path: Path, name: str, text: str) -> None:
    path = save(tmp_path / name, text)
    with pytest.raises(DataError, match="is a table") as error:
        read_input(path)
    assert "--reader jointre.text.v1" in error.value.faults[0].remedy
    with pytest.raises(DataError, match="it is a table"):
        open_data(path)
    assert next(read_input(path, reader="jointre.text.v1")).text == text.split("\n")[0]


@pytest.mark.parametrize(
    "text",
    ["Ann, Bob\nCarl, Dora\n", "Text, label\n", "one,two\nthree,four\n", "id,text\nno, not one, but two\n"],
)
def test_text_with_commas_is_not_a_table(tmp_path: Path, text: str) -> None:
    lines = [doc.text for doc in read_input(save(tmp_path / "a.txt", text))]
    assert " ".join(str(line) for line in lines) == " ".join(text.split("\n")[:-1])


def test_a_folder_says_what_it_leaves_out(tmp_path: Path) -> None:
    for name in ("a.jsonl", "b.json", "c.txt", "README.md", ".hidden", "labels.json"):
        save(tmp_path / name, json.dumps(OURS))
    reader = open_data(str(tmp_path))
    assert len(list(reader)) == 1
    assert reader.notices == [
        f"files of the folder that are not *.jsonl, left out (b.json, c.txt): 2 (first in {tmp_path / 'b.json'})"
    ]


def test_an_object_around_the_documents(tmp_path: Path) -> None:
    path = save(tmp_path / "a.json", json.dumps({"version": 1, "docs": [OURS, OURS]}))
    with pytest.raises(DataError, match="one object, with a list of documents under 'docs'"):
        open_data(path)


def test_faulty_text(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_bytes(b"fine\nca\xe9\nfine\n\xff\n")
    with pytest.raises(DataError) as error:
        list(read_input(str(path)))
    assert [fault.where for fault in error.value.faults] == [f"{path}:2", f"{path}:4"]
    with pytest.raises(DataError, match="empty"):
        list(read_input(save(path, " \n")))
    with pytest.raises(DataError, match="no such file"):
        read_input(str(tmp_path / "none.txt"))
    with pytest.raises(DataError, match="no path"):
        list(TextReader(None))


def stdin(monkeypatch: pytest.MonkeyPatch, data: bytes) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(data)))


def test_standard_input(monkeypatch: pytest.MonkeyPatch) -> None:
    stdin(monkeypatch, TEXT.encode())
    check_text("stdin", list(read_input("-")))
    stdin(monkeypatch, b"")
    assert list(read_input("-")) == []


def test_faulty_standard_input(monkeypatch: pytest.MonkeyPatch) -> None:
    stdin(monkeypatch, b"Fine.\n\xff\nNot read.\n\xfe\n")
    docs = read_input("-")
    assert next(docs).text == "Fine."
    with pytest.raises(DataError) as error:
        next(docs)
    assert [fault.where for fault in error.value.faults] == ["stdin:2", "stdin:4"]
    stdin(monkeypatch, json.dumps(OURS).encode())
    with pytest.raises(DataError, match="JSON Lines"):
        list(read_input("-"))
    stdin(monkeypatch, b"id,text,label\n1,Ann sings.,x\n")
    with pytest.raises(DataError, match="is a table, not text"):
        list(read_input("-"))


def test_the_built_in_corpus_is_input() -> None:
    assert list(read_input("sample:dev")) == list(open_data("sample:dev"))


def test_texts_from_python() -> None:
    words, given = ["Ann", "sings"], Doc(["Bo"], [Entity(0, 1, "X")], id="own")
    docs = list(docs_from_texts(["Ann sings. Bob too.", "", words, given]))
    assert [(doc.id, doc.text, doc.words, doc.sentences) for doc in docs] == [
        ("text:1", "Ann sings. Bob too.", ["Ann", "sings", ".", "Bob", "too", "."], [(0, 3), (3, 6)]),
        ("text:2", "", [], []),
        ("text:3", None, words, None),
        ("own", None, ["Bo"], None),
    ]
    with pytest.raises(DataError, match="put it into a list"):
        list(docs_from_texts("Ann"))
    with pytest.raises(DataError, match="text:2"):
        list(docs_from_texts(["a", None]))  # type: ignore[list-item]
    with pytest.raises(DataError, match="it is empty"):
        list(docs_from_texts([[]]))
    with pytest.raises(DataError, match="outside the 1 words"):
        list(docs_from_texts([Doc(["a"], [Entity(0, 2, "X")])]))


@pytest.mark.parametrize("split", ["train", "dev", "test"])
def test_sample(split: str) -> None:
    reader = open_data(f"sample:{split}")
    assert isinstance(reader, SampleReader)
    try:
        docs = list(reader)
    except DataError as error:
        if any(fault.what == "no such file" for fault in error.faults):
            pytest.skip("the bundled corpus is not there yet")
        raise
    assert docs
    assert reader.labels() is not None
    assert reader.notices == []


def test_no_torch() -> None:
    code = (
        "import sys, jointre.data.validate, jointre.data.raw_text, jointre.data.write, jointre.readers.open;"
        "sys.exit(int('torch' in sys.modules or 'transformers' in sys.modules))"
    )
    assert subprocess.run([sys.executable, "-c", code], timeout=60, check=False).returncode == 0
