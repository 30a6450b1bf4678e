"""The standoff folders of brat."""

from pathlib import Path

import pytest

from jointre.data.doc import Entity, Relation
from jointre.errors import DataError
from jointre.readers.brat import BratReader
from jointre.readers.recognise import recognise

TEXT = "Mia\nBerg left Kiel and Bonn.\n"
MIA = "T1\tPER 0 3;4 8\tMia Berg\n"
KIEL = "T2\tLOC 14 18\tKiel\n"
LEFT = "R1\tleft Arg1:T1 Arg2:T2\t\n"


def reader(folder: Path, notes: str, text: str = TEXT, **options: object) -> BratReader:
    (folder / "a.txt").write_bytes(text.encode())
    (folder / "a.ann").write_bytes(notes.encode())
    return BratReader(str(folder), **options)  # type: ignore[arg-type]


@pytest.mark.parametrize("notes", [MIA + KIEL + LEFT, LEFT + KIEL + "\n" + MIA, (MIA + KIEL + LEFT).rstrip()])
def test_entities_and_relations(tmp_path: Path, notes: str) -> None:
    read = reader(tmp_path, notes)
    (doc,) = read
    by_label = {entity.label: (entity.start, entity.end) for entity in doc.entities}
    assert by_label == {"PER": (0, 2), "LOC": (3, 4)}
    ((head, tail),) = [(doc.entities[r.head].label, doc.entities[r.tail].label) for r in doc.relations]
    assert (head, tail) == ("PER", "LOC")
    assert (doc.id, doc.text, str(doc.where)) == ("a", TEXT, str(tmp_path / "a.txt"))
    assert read.notices == [] and recognise(tmp_path) is BratReader


def test_offsets_count_characters_with_both_signs_of_a_line_end(tmp_path: Path) -> None:
    (doc,) = reader(tmp_path, "T1\tLOC 5 9\tKiel\r\n", "Ö…\r\n\tKiel")
    assert [doc.surface(entity) for entity in doc.entities] == ["Kiel"]


def test_other_lines_are_counted(tmp_path: Path) -> None:
    others = "E1\tMove:T1 To:T2\nA1\tSure T1\nM1\tSure T1\nN1\tReference T1 W:1\tx\n#1\tNote T1\tn\n*\tEquiv T1 T2\n"
    read = reader(tmp_path, MIA + others)
    assert len(list(read)) == 1
    found = [notice.split(" (")[0] for notice in read.notices]
    assert found == [
        "events, not used: 1",
        "attributes, not used: 2",
        "normalizations, not used: 1",
        "notes, not used: 1",
        "equivalences, not used: 1",
    ]
    assert f"(first in {tmp_path / 'a.ann'}:2)" in read.notices[0]


APART = "T3\tLOC 14 18;23 27\tKiel Bonn\n"


def test_an_entity_of_several_parts(tmp_path: Path) -> None:
    notes = MIA + APART + "R1\tleft Arg1:T1 Arg2:T3\n"
    with pytest.raises(DataError, match=r"a.ann:2: T3: it has 2 parts\n.*'split' or 'cover'"):
        list(reader(tmp_path, notes))
    split, cover = (reader(tmp_path, notes, discontinuous=kind) for kind in ("split", "cover"))
    for read, spans in ((split, [(3, 4), (5, 6)]), (cover, [(3, 6)])):
        (doc,) = read
        assert doc.entities == [Entity(0, 2, "PER"), *(Entity(*span, "LOC") for span in spans)]
        assert doc.relations == [Relation(0, 1, "left")]
        assert [fault.where for fault in read.repairs] == [f"{tmp_path / 'a.ann'}:2"]


FAULTY = [
    ("T3\tLOC 14 99\tKiel\n", "T3: 14 to 99 (exclusive) is not a span of the 29 characters"),
    ("T4\tLOC 14 18\tBonn\n", "T4: it quotes 'Bonn', but 14 to 18 is 'Kiel'"),
    ("T5\tLOC 3 4\t \n", "T5: 3 to 4 contains only blanks"),
    ("T1\tLOC 14 18\tKiel\n", "T1: its id 'T1' is also that of an entity before it"),
    ("T6\tLOC 14\tKiel\n", "the line is not in the format of brat"),
    ("nonsense\n", "the line is not in the format of brat"),
    ("R2\tleft Arg1:T1\n", "the line is not in the format of brat"),
    ("R3\tleft Arg1:T1 Arg2:T99\n", "R3: there is no entity 'T99'"),
    ("R4\tleft Arg1:T1 Arg2:T1\n", "R4: it relates entity 'T1' to itself"),
]


def test_faults_name_the_line_all_at_once(tmp_path: Path) -> None:
    with pytest.raises(DataError) as error:
        list(reader(tmp_path, MIA + "".join(line for line, _ in FAULTY)))
    assert len(error.value.faults) == len(FAULTY)
    found = {fault.where: fault.what for fault in error.value.faults}
    for number, (_, what) in enumerate(FAULTY, 2):
        assert found[f"{tmp_path / 'a.ann'}:{number}"].startswith(what)


def test_files_without_their_partner(tmp_path: Path) -> None:
    (tmp_path / "b.txt").write_text("x", encoding="utf-8")
    (tmp_path / "c.ann").write_text("", encoding="utf-8")
    (tmp_path / "d.txt").write_bytes(b"\xff")
    (tmp_path / "d.ann").write_bytes(b"")
    with pytest.raises(DataError) as error:
        list(reader(tmp_path, MIA))
    found = [(Path(fault.place.file).name, fault.what) for fault in error.value.faults]
    assert found[:2] == [("c.ann", "there is no c.txt"), ("b.txt", "there is no b.ann")]
    assert found[2][0] == "d.txt" and len(found) == 3


def test_what_is_not_such_a_folder(tmp_path: Path) -> None:
    for path, said in ((tmp_path / "no", "no such folder"), (tmp_path, "the folder has no")):
        with pytest.raises(DataError, match=said):
            list(BratReader(str(path)))
