"""The layout of i2b2/VA 2010, on notes made up for these tests."""

from pathlib import Path

import pytest

from jointre.data.doc import Entity, Relation
from jointre.errors import DataError
from jointre.readers.i2b2 import I2b2Reader

TEXT = """Hospital Course :

He took Aspirin for a Sore throat and "flu" .
No  fever  since .
"""
CONCEPTS = """c="aspirin" 3:2 3:2||t="treatment"
c="a sore throat" 3:4 3:6||t="problem"
c=""flu"" 3:8 3:8||t="problem"
c="fever" 4:1 4:1||t="problem"
"""
RELATIONS = """c="aspirin" 3:2 3:2||r="TrAP"||c="a sore throat" 3:4 3:6
c=""flu"" 3:8 3:8||r="PIP"||c="a sore throat" 3:4 3:6
"""


def save(folder: Path, **files: str) -> Path:
    """Writes ``txt``, ``con`` and ``rel`` of a note, each where the challenge has it."""
    for ending, text in files.items():
        path = folder / {"txt": ".", "con": "concept", "rel": "rel"}[ending] / f"note-1.{ending}"
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return folder


def reader(folder: Path, con: str = CONCEPTS, rel: str = RELATIONS, repair: bool = True) -> I2b2Reader:
    return I2b2Reader(str(save(folder, txt=TEXT, con=con, rel=rel)), repair=repair)


def faults(read: I2b2Reader) -> dict[str, str]:
    with pytest.raises(DataError) as error:
        list(read)
    return {Path(fault.where).name: fault.what for fault in error.value.faults}


def test_each_line_is_a_document(tmp_path: Path) -> None:
    read = reader(tmp_path)
    docs = list(read)
    assert [doc.id for doc in docs] == ["note-1:1", "note-1:3", "note-1:4"]
    assert docs[0].words == ["Hospital", "Course", ":"]
    assert docs[1].entities == [Entity(2, 3, "treatment"), Entity(4, 7, "problem"), Entity(8, 9, "problem")]
    assert docs[1].relations == [Relation(0, 1, "TrAP"), Relation(2, 1, "PIP")]
    assert (docs[2].words, docs[2].entities) == (["No", "fever", "since", "."], [Entity(1, 2, "problem")])
    assert read.notices == []


def test_all_files_in_one_folder_with_windows_line_ends(tmp_path: Path) -> None:
    expected = list(reader(tmp_path))
    flat = tmp_path / "flat"
    flat.mkdir()
    for ending, text in (("txt", TEXT), ("con", CONCEPTS), ("rel", RELATIONS)):
        (flat / f"note-1.{ending}").write_bytes(b"\xef\xbb\xbf" + text.replace("\n", "\r\n").encode())
    assert list(I2b2Reader(str(flat))) == expected


def test_texts_are_read_by_name(tmp_path: Path) -> None:
    save(tmp_path, txt="Fine .", con="", rel="")
    for ending, folder in (("txt", "."), ("con", "concept"), ("rel", "rel")):
        (tmp_path / folder / f"a.{ending}").write_text("Well .\n" if ending == "txt" else "\n")
    assert [doc.id for doc in I2b2Reader(str(tmp_path))] == ["a:1", "note-1:1"]


ODD_CONCEPTS = (
    CONCEPTS
    + """c="sore leg" 3:5 3:6||t="problem"
c="since . He" 1:2 3:0||t="test"
"""
)
ODD_RELATIONS = (
    RELATIONS
    + """c="aspirin" 3:2 3:2||r="TrAP"||c="fever" 4:1 4:1
c="aspirin" 3:2 3:2||r="TrAP"||c="and" 3:7 3:7
c="aspirin" 3:2 3:2||r="PIP"||c="aspirin" 3:2 3:2
c="Aspirin" 3:2 3:2||r="TrAP"||c="a sore throat" 3:4 3:6
"""
)


def test_what_cannot_be_represented_is_left_out_and_reported(tmp_path: Path) -> None:
    read = reader(tmp_path, ODD_CONCEPTS, ODD_RELATIONS)
    docs = list(read)
    assert len(docs[1].relations) == 2
    assert Entity(5, 7, "problem") in docs[1].entities, "the place counts, not the quotation"
    told = [(Path(repair.where).name, repair.what.split(",")[0].split(":")[0]) for repair in read.repairs]
    assert told == [
        ("note-1.con:5", "concepts and arguments whose quotation differs from the words at their place"),
        ("note-1.con:6", "concepts over several lines"),
        ("note-1.rel:3", "relations between lines"),
        ("note-1.rel:4", "relations to a place that is not a concept"),
        ("note-1.rel:5", "relations of an entity to itself"),
        ("note-1.rel:6", "duplicate relations"),
    ]
    assert len(read.notices) == len(told)


def test_without_repair_it_is_refused(tmp_path: Path) -> None:
    found = faults(reader(tmp_path, ODD_CONCEPTS, ODD_RELATIONS, repair=False))
    assert list(found) == [*(f"note-1.con:{n}" for n in (5, 6)), *(f"note-1.rel:{n}" for n in (3, 4, 5))]
    assert found["note-1.con:5"].endswith("'sore leg' at 3:5 3:6 is 'Sore throat'")


def test_places_outside_the_text_and_other_lines(tmp_path: Path) -> None:
    con = """c="x" 9:0 9:0||t="test"
c="x" 3:0 3:10||t="test"
c="x" 3:3 3:2||t="test"
c="x" 2:0 2:0||t="test"
c="x" 3:0 3:0
c="He" 3:0 3:0||t=""
c="x" 0:0 0:0||t="test"
"""
    rel = 'c="He" 3:0 3:0||t="test"\nc="x" 9:0 9:0||r="TrAP"||c="x" 3:11 3:11\n'
    found = faults(reader(tmp_path, con, rel))
    assert found["note-1.con:1"] == "'x' at 9:0 9:0: no line 9"
    assert found["note-1.con:2"] == "'x' at 3:0 3:10: line 3 has 10 words"
    assert found["note-1.con:3"] == "'x' at 3:3 3:2 ends before it begins"
    assert found["note-1.con:4"] == "'x' at 2:0 2:0: line 2 has 0 words"
    assert "format of .con files" in found["note-1.con:5"]
    assert found["note-1.con:6"] == "the type is empty"
    assert found["note-1.con:7"] == "'x' at 0:0 0:0: no line 0"
    assert "format of .rel files" in found["note-1.rel:1"]
    assert found["note-1.rel:2"] == "'x' at 3:11 3:11: line 3 has 10 words"


def test_missing_files(tmp_path: Path) -> None:
    save(tmp_path, txt="Fine .", con="")
    read = I2b2Reader(str(tmp_path))
    assert len(list(read)) == 1
    assert read.notices == [
        f"texts without a .rel file, read without relations: 1 (in {tmp_path}/note-1.txt)"
    ]
    (tmp_path / "b.txt").write_text("Fine .")
    (tmp_path / "c.rel").write_text("")
    assert faults(I2b2Reader(str(tmp_path))) == {
        "b.txt": "there is no b.con",
        "c.rel": "there is no c.txt",
    }
    (tmp_path / "note-1.con").write_text("")
    assert "has the same name" in faults(I2b2Reader(str(tmp_path)))["note-1.con"]
    assert faults(I2b2Reader(str(tmp_path / "rel"))) == {"rel": "no such folder"}
    assert faults(I2b2Reader(str(tmp_path / "b.txt"))) == {"b.txt": "is not a folder"}
    (tmp_path / "empty").mkdir()
    assert faults(I2b2Reader(str(tmp_path / "empty"))) == {"empty": "the folder has no *.txt"}
