"""Tables with a sentence, head, relation and tail per row."""

from pathlib import Path
from typing import Any

import pytest

from jointre.data.doc import Doc
from jointre.errors import DataError
from jointre.readers.open import open_data, read_input
from jointre.readers.triples_csv import TriplesCsvReader

TABLE = """\
Sentence,Subject,Predicate,Object,Subject_Type,id
"Mia Berg, a singer, left Kiel.",Mia Berg,left,Kiel,PER,7
It rained.,,,,,8
"Mia Berg, a singer, left Kiel.",Mia Berg,is_a,singer,PER,9
"""
BARE = "Mia Berg left Kiel.\tMia Berg\tleft\tKiel\nIda met Mia Berg.\tIda\tmet\tMia Berg\n"


def save(folder: Path, text: str) -> Path:
    path = folder / "a.txt"
    path.write_bytes(text.encode())
    return path


def opened(folder: Path, text: str) -> TriplesCsvReader:
    reader = open_data(str(save(folder, text)))
    assert isinstance(reader, TriplesCsvReader)
    return reader


def shown(doc: Doc) -> list[tuple[str, str, str]]:
    ends = [(doc.entities[r.head], r.label, doc.entities[r.tail]) for r in doc.relations]
    return [(doc.surface(head), label, doc.surface(tail)) for head, label, tail in ends]


def test_rows_of_one_sentence_are_one_document(tmp_path: Path) -> None:
    read = opened(tmp_path, TABLE)
    left, rained = read
    assert shown(left) == [("Mia Berg", "left", "Kiel"), ("Mia Berg", "is_a", "singer")]
    assert [entity.label for entity in left.entities] == ["PER", "Entity", "Entity"]
    assert (left.id, left.split, rained.id, rained.entities) == ("7", True, "8", [])
    assert left.meta == {"triples": [["Mia Berg", "left", "Kiel"], ["Mia Berg", "is_a", "singer"]]}
    assert read.notices == [
        f"ids of further rows of a sentence, not used: 1 (first in {tmp_path / 'a.txt'}:4)"
    ]


@pytest.mark.parametrize(
    "text", [BARE, BARE.replace("\t", "|"), BARE.replace("\n", "\r\n").replace("\t", ";")]
)
def test_a_table_without_a_header(tmp_path: Path, text: str) -> None:
    docs = list(opened(tmp_path, text))
    assert [shown(doc) for doc in docs] == [[("Mia Berg", "left", "Kiel")], [("Ida", "met", "Mia Berg")]]
    assert docs[1].id == "a.txt:2"
    assert [doc.text for doc in read_input(str(tmp_path / "a.txt"))] == [doc.text for doc in docs]


def test_other_columns_are_kept(tmp_path: Path) -> None:
    rows = ["e1_name\tRelation\tE2 name\tcontext\tpage\tsplit"]
    rows += [
        f"Mia\t{label}\tKiel\tMia left Kiel.\t{page}\tdev" for page, label in enumerate(("left", "knew"))
    ]
    read = opened(tmp_path, "\n".join(rows))
    (doc,) = read
    assert {key: doc.meta[key] for key in ("page", "split")} == {"page": ["0", "1"], "split": "dev"}
    assert read.notices == [
        f"columns that are not read, kept with each document (page, split): 2 (first in {tmp_path / 'a.txt'}:1)"
    ]


def test_quotes_in_cells_and_in_text(tmp_path: Path) -> None:
    header = "sentence\thead\trelation\ttail\n"
    (doc,) = opened(tmp_path, header + '"Mia ""M"" Berg\n\tleft Kiel."\tMia\tleft\tKiel\n')
    assert doc.text == 'Mia "M" Berg\n\tleft Kiel.'
    (doc,) = opened(tmp_path, header + '"Mia left Kiel.\tMia\tleft\tKiel\n')
    assert doc.text == '"Mia left Kiel.'


@pytest.mark.parametrize(
    ("first", "options"),
    [
        ("x,quote,a,rel,b\n", {"sentence": "quote", "head": "a", "tail": "b"}),
        ("x,quote,a,rel,b\n", {"sentence": 2, "head": 3, "tail": 5}),
        ("x,quote,a,r,b\n", {"sentence": 2, "head": 3, "relation": 4, "tail": 5, "header": True}),
        ("", {"sentence": 2, "head": 3, "relation": 4, "tail": 5}),
    ],
)
def test_columns_that_are_named(tmp_path: Path, first: str, options: dict[str, Any]) -> None:
    path = str(save(tmp_path, f"{first}1,Mia left Kiel.,Mia,left,Kiel\n"))
    (doc,) = TriplesCsvReader(path, **options)
    assert shown(doc) == [("Mia", "left", "Kiel")]
    with pytest.raises(DataError):
        open_data(path)


def test_names_that_are_not_in_the_sentence(tmp_path: Path) -> None:
    rows = "".join(f"Mia left Kiel.,Mia,left,{tail}\n" for tail in ("Kiel", "Ki", "Kiel"))
    read = opened(tmp_path, "text,head,relation,tail\n" + rows)
    (doc,) = read
    assert shown(doc) == [("Mia", "left", "Kiel")]
    assert [notice.split(" (")[0] for notice in read.notices] == [
        "duplicate relations, kept once: 1",
        "triples whose subject or object is not in the text, left out: 1",
    ]
    with pytest.raises(DataError, match="2 of 2 triples have a subject or object that is not in the text"):
        list(
            opened(
                tmp_path,
                f"text,head,relation,tail\n{2 * 'Mia left Kiel.,Mia,left,Ki'}\n".replace("KiM", "Ki\nM"),
            )
        )


def test_faults_name_the_line_all_at_once(tmp_path: Path) -> None:
    sound = "Mia left Kiel.,Mia,left,Kiel\n"
    faulty = [
        ("Mia left Kiel.,Mia,left\n", "3 cells, but the first row has 4"),
        ("Mia left Kiel.,Mia,,Kiel\n", "the cell of relation is empty"),
        (",,,\n\n ,Mia,left,Kiel\n", "the cell of sentence is empty"),
        ('"Mia" left Kiel.,Mia,left,Kiel\n', "broken row: "),
        ("Mia left K\xefel.,Mia,left,Kiel\n", "byte 11 of the line (0xef) is not UTF-8"),
        ('"Mia left Kiel.,Mia,left,Kiel\n', "broken row: unexpected end of data"),
    ]
    text = "text,head,relation,tail\n" + 20 * sound + "".join(rows for rows, _ in faulty)
    path = tmp_path / "a.csv"
    path.write_bytes(text.encode("latin-1"))
    with pytest.raises(DataError) as error:
        list(TriplesCsvReader(str(path)))
    places = [f"{path}:{line}" for line in (22, 23, 26, 27, 28, 29)]
    found = sorted(error.value.faults, key=lambda fault: fault.where)
    assert [fault.where for fault in found] == places
    for fault, (_, what) in zip(found, faulty, strict=True):
        assert fault.what.startswith(what)


@pytest.mark.parametrize(
    "text",
    [
        "text,label\nMia left.,1\n",
        "text,sentence,head,relation,tail\na,a,a,r,a\n",
        "Mia left Kiel.,Mia,left,Oslo\n",
        "Mia left Kiel.,Mia, ,Kiel\n",
        "Mia, Ida, Bob, Eve\n",
    ],
)
def test_what_is_not_recognised(tmp_path: Path, text: str) -> None:
    path = str(save(tmp_path, text))
    with pytest.raises(DataError):
        open_data(path)
    with pytest.raises(DataError) as error:
        list(TriplesCsvReader(path, sentence="nowhere"))
    (fault,) = error.value.faults
    assert fault.what.startswith("it has no columns for sentence, head") and fault.where == path
