"""The columns of the CoNLL tasks: words, tags in the last column, and no relations."""

from pathlib import Path

import pytest

from jointre.data.doc import Doc, Entity
from jointre.errors import DataError
from jointre.readers.conll import ConllReader, with_begins
from jointre.readers.open import open_input
from jointre.readers.recognise import recognise
from jointre.readers.text import TextReader

TASK = (
    "-DOCSTART- -X- -X- O\n\nMia NNP I-NP B-PER\nBerg NNP I-NP I-PER\nleft VBD O O\n\nKiel NNP B-NP B-LOC\n"
)
TABS = "Mia\tB-PER\nBerg\tI-PER\nleft\tO\n\nKiel\tB-LOC\n"
COMMENTS = f"# newdoc\n# text = Mia Berg left\n{TABS}\n# end\n"
FOUND = [(["Mia", "Berg", "left"], [Entity(0, 2, "PER")]), (["Kiel"], [Entity(0, 1, "LOC")])]


def reader(folder: Path, text: str, **options: object) -> ConllReader:
    path = folder / "a.conll"
    path.write_bytes(text.encode())
    return ConllReader(str(path), **options)  # type: ignore[arg-type]


def parts(docs: list[Doc]) -> list[tuple[list[str], list[Entity]]]:
    return [(doc.words, doc.entities) for doc in docs]


@pytest.mark.parametrize(
    "text", [TASK, TABS, COMMENTS, TASK.replace("\n", "\r\n"), "\ufeff" + TABS, TASK.rstrip(), TASK + "\n\n"]
)
def test_words_tags_and_what_separates_sentences(tmp_path: Path, text: str) -> None:
    read = reader(tmp_path, text, repair=False)
    docs = list(read)
    assert parts(docs) == FOUND and read.notices == []
    assert read.path is not None and recognise(Path(read.path)) is ConllReader


def test_the_id_is_the_line(tmp_path: Path) -> None:
    assert [doc.id for doc in reader(tmp_path, TABS)] == ["a.conll:1", "a.conll:5"]


def test_a_hash_can_be_a_word(tmp_path: Path) -> None:
    (doc,) = reader(tmp_path, "#kiel B-LOC\n# O\n# is a place\n")
    assert parts([doc]) == [(["#kiel", "#"], [Entity(0, 1, "LOC")])]


@pytest.mark.parametrize(
    ("scheme", "tags"),
    [
        ("BIO", "B-X I-X B-X B-Y O"),
        ("IOB1", "I-X I-X B-X I-Y O"),
        ("BIOES", "B-X E-X S-X S-Y O"),
        ("BILOU", "B-X L-X U-X U-Y O"),
    ],
)
def test_schemes(tmp_path: Path, scheme: str, tags: str) -> None:
    lines = "".join(f"w {tag}\n" for tag in tags.split())
    (doc,) = reader(tmp_path, lines, scheme=scheme, repair=False)
    assert doc.entities == [Entity(0, 2, "X"), Entity(2, 3, "X"), Entity(3, 4, "Y")]


def test_only_the_first_word_of_an_entity_gets_a_begin() -> None:
    tags = ["I-X", "I-X", "O", "I-X", "I-Y", "B-Y", "I-Y", "?"]
    assert with_begins(tags) == ["B-X", "I-X", "O", "B-X", "B-Y", "B-Y", "I-Y", "?"]


def test_malformed_tags_are_repaired_or_refused(tmp_path: Path) -> None:
    read = reader(tmp_path, "Mia O\nBerg I-PER\n")
    assert parts(list(read)) == [(["Mia", "Berg"], [Entity(1, 2, "PER")])]
    assert [fault.where for fault in read.repairs] == [f"{read.path}:2"]
    with pytest.raises(DataError, match=r"a.conll:2: I-PER follows O"):
        list(reader(tmp_path, "Mia O\nBerg I-PER\n", repair=False))


def test_all_faults_at_once(tmp_path: Path) -> None:
    text = "Mia NNP B-PER\nBerg B-PER\n\nKiel\nis VBZ X\nold JJ S-LOC\n"
    with pytest.raises(DataError) as error:
        list(reader(tmp_path, text))
    found = [(fault.place.line, fault.what) for fault in error.value.faults]
    assert found == [
        (2, "2 columns, but the words before have 3"),
        (4, "1 column, but the words before have 3"),
        (5, "'X' is not a tag of the scheme BIO"),
        (6, "'S-LOC' is not a tag of the scheme BIO"),
    ]
    with pytest.raises(DataError, match="the file has no sentences"):
        list(reader(tmp_path, "\n-DOCSTART- O\n"))
    with pytest.raises(DataError, match=r"10 columns\n.*2 to 9 columns"):
        list(reader(tmp_path, "w " * 9 + "O"))


@pytest.mark.parametrize(
    "text", ["Take vitamin B-12\n", "Mia sings.\nTake vitamin B-12\n", "X O\nO O\n", "x\nO\n"]
)
def test_raw_text_is_not_taken_for_columns(tmp_path: Path, text: str) -> None:
    (tmp_path / "a.txt").write_text(text, encoding="utf-8")
    assert type(open_input(str(tmp_path / "a.txt"))) is TextReader
