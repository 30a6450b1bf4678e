"""The format of multi-head selection, and CoNLL04 in this format."""

from pathlib import Path

import pytest
from public_corpora import public, sizes

from jointre.data.doc import Doc, Entity, Relation
from jointre.errors import DataError
from jointre.readers.multihead import MultiheadReader
from jointre.readers.spert_json import SpertJsonReader

ROWS = [
    "#doc 17",
    "0\tAnn\tB-Peop\t['N']\t[0]",
    "1\tLee\tI-Peop\t['Live_In', 'Born_In']\t[3, 3]",
    "2\tleft\tO\t['N']\t[2]",
    "3\tRome\tB-Loc\t['N']\t[3]",
    "#doc 18",
    "0\tRain\tO\t['N']\t[0]",
]


def reader(folder: Path, rows: list[str], end: str = "\n", **options: object) -> MultiheadReader:
    path = folder / "a.txt"
    path.write_bytes(end.join(rows).encode())
    return MultiheadReader(str(path), **options)  # type: ignore[arg-type]


@pytest.mark.parametrize("end", ["\n", "\r\n", "\n\n"])
@pytest.mark.parametrize("first", ["", "\ufeff"])
def test_two_sentences(tmp_path: Path, end: str, first: str) -> None:
    read = reader(tmp_path, [first + ROWS[0], *ROWS[1:], ""], end)
    first_doc, second = read
    assert (first_doc.id, second.id, second.words) == ("17", "18", ["Rain"])
    assert first_doc.entities == [Entity(0, 2, "Peop"), Entity(3, 4, "Loc")]
    assert first_doc.relations == [Relation(0, 1, "Live_In"), Relation(0, 1, "Born_In")]
    assert read.notices == []


def test_an_entity_that_opens_with_i(tmp_path: Path) -> None:
    rows = ["#doc 1", "0\tthe\tO\t['N']\t[0]", "1\tAcme\tI-Org\t['N']\t[1]", "2\tInc\tI-Org\t['N']\t[2]"]
    read = reader(tmp_path, rows)
    assert [doc.entities for doc in read] == [[Entity(1, 3, "Org")]]
    assert [notice.rsplit(": ", 1)[1] for notice in read.notices] == [f"1 (in {tmp_path / 'a.txt'}:3)"]
    with pytest.raises(DataError, match="I-Org follows O"):
        list(reader(tmp_path, rows, repair=False))


def test_faults_name_the_line(tmp_path: Path) -> None:
    rows = [
        "0\tearly\tO\t['N']\t[0]",
        "#doc 1",
        "0\ta\tB-X\t['R', 'S']\t[0]",
        "1\tb\tE-X\t['N']\t[1]",
        "2\tc\tB-X\tR\t[0]",
        "3\td\tB-X\t['R']\t[9]",
        "4\te\tB-X",
        "4\tf\tB-X\t['R']\t[-1]",
        "5\tg\tB-X\t['']\t[0]",
    ]
    with pytest.raises(DataError) as error:
        list(reader(tmp_path, rows))
    found = {int(fault.where.rsplit(":", 1)[1]): str(fault) for fault in error.value.faults}
    assert sorted(found) == [1, 3, 4, 5, 6, 7, 8, 9]
    assert "before any line '#doc ID'" in found[1]
    assert "not as many labels and words" in found[3]
    assert "scheme BIO" in found[4]
    assert "word 9, the sentence has 6" in found[6]


COUNTS = {  # the data page, and the two entities that open with I
    "train": (910, 26804, 3391 + 2, 1273),
    "dev": (243, 6975, 877, 353),
    "test": (288, 8408, 1079, 422),
}


@pytest.mark.parametrize("part", COUNTS)
def test_published_counts(part: str) -> None:
    read = MultiheadReader(public(f"conll04/multihead_{part}.txt"), public("conll04/types.json"))
    assert sizes(list(read)) == COUNTS[part]
    places = [notice.rsplit(":", 1)[1] for notice in read.notices]
    assert places == (["3176, 25434)"] if part == "train" else [])


def word_spans(doc: Doc) -> tuple[list[Entity], set[tuple[Entity, Entity, str]]]:
    entities = sorted(doc.entities, key=lambda entity: entity.start)
    return entities, {(doc.entities[r.head], doc.entities[r.tail], r.label) for r in doc.relations}


@pytest.mark.parametrize(("parts", "moved"), [(("train", "dev"), {"5273", "5343"}), (("test",), {"5331"})])
def test_they_agree_with_the_files_in_spert_s_format(parts: tuple[str, ...], moved: set[str]) -> None:
    """The same texts cut otherwise; the full stop at the end is a word of its own, so only spans before it move."""
    theirs = [doc for part in parts for doc in SpertJsonReader(public(f"conll04/spert_{part}.json"))]
    ours = [doc for part in parts for doc in MultiheadReader(public(f"conll04/multihead_{part}.txt"))]
    known = {str(doc.meta["orig_id"]): doc for doc in theirs}
    assert sorted(known) == sorted(doc.id for doc in ours)
    assert all("".join(doc.words) == "".join(known[doc.id].words) for doc in ours)
    assert {doc.id for doc in ours if word_spans(doc) != word_spans(known[doc.id])} == moved
    for doc in ours:
        assert sorted(r.label for r in doc.relations) == sorted(r.label for r in known[doc.id].relations)
