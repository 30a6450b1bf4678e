"""Names of a list are found as whole words, the longest first; a list that is faulty is refused by line."""

from pathlib import Path

import pytest

from jointre.data.raw_text import doc_from_text
from jointre.errors import DataError
from jointre.taggers.named import load_tagger, parse_tagger


def found(path: Path, text: str, ignore_case: bool = False) -> list[tuple[str, str]]:
    (doc,) = load_tagger(parse_tagger(f"gazetteer:{path}", ignore_case)).tag([doc_from_text(text)])
    assert doc is not None
    return [(doc.surface(entity), entity.label) for entity in doc.entities]


def refused(path: Path, text: str | bytes) -> str:
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    with pytest.raises(DataError) as error:
        load_tagger(parse_tagger(f"gazetteer:{path}"))
    return str(error.value)


def test_the_longest_name_is_taken_and_nothing_inside_it(names: Path) -> None:
    assert found(names, "Ann left New York for York") == [
        ("Ann", "PER"),
        ("New York", "LOC"),
        ("York", "LOC"),
    ]


def test_a_name_is_a_sequence_of_whole_words_however_it_is_spaced(names: Path) -> None:
    assert found(names, "Anna and Yorkshire, New  York.") == [("New  York", "LOC")]


def test_a_name_that_the_text_ends_inside_is_not_found(names: Path) -> None:
    assert found(names, "It is New") == []


@pytest.mark.parametrize(("ignore_case", "expected"), [(False, []), (True, [("NEW york", "LOC")])])
def test_case_matters_unless_it_is_ignored(names: Path, ignore_case: bool, expected: list[object]) -> None:
    assert found(names, "in NEW york", ignore_case) == expected


def test_the_labels_are_those_of_the_list(names: Path) -> None:
    assert load_tagger(parse_tagger(f"gazetteer:{names}")).labels == ("LOC", "PER")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("Ann PER\n", ":1: the line has 0 tabs, not one"),
        ("Ann\tPER\tx\n", ":1: the line has 2 tabs, not one"),
        ("Ann\tPER\n\tPER\n", ":2: the name is empty"),
        ("Ann\t \n", ":1: the label is empty"),
        ("Ann\tPER\n\nAnn\tLOC\n", ":3: 'LOC' here, but 'PER' in line 1"),
        (b"Ann\tPER\n\xff\tPER\n", ":2: byte 1 of the line (0xff) is not UTF-8"),
        ("\n", "the file has no names"),
    ],
)
def test_a_faulty_list_is_refused_with_the_line(names: Path, text: str | bytes, said: str) -> None:
    assert said in refused(names, text)


def test_all_faulty_lines_are_told_at_once(names: Path) -> None:
    assert "(2 problems)" in refused(names, "Ann\nBob\tPER\nEve\n")


def test_a_list_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="no such file"):
        load_tagger(parse_tagger(f"gazetteer:{tmp_path / 'none.tsv'}"))
