"""Which tagger is meant, and which of its labels are kept under which name."""

import pytest

from jointre.annotation.settings import LabelMap
from jointre.data.doc import Doc, Entity
from jointre.errors import UsageError
from jointre.taggers.named import parse_tagger

KNOWN = ["GPE", "LOC", "PERSON"]


def kept(text: str | None, *labels: str) -> list[str]:
    doc = Doc(["a", "b", "c"], [Entity(i, i + 1, label) for i, label in enumerate(labels)])
    return [entity.label for entity in LabelMap.parse(text, KNOWN).apply(doc).entities]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (None, ["GPE", "LOC", "PERSON"]),
        ("PERSON, LOC", ["LOC", "PERSON"]),
        ("GPE=LOC,PERSON", ["LOC", "PERSON"]),
        ("GPE=LOC,*", ["LOC", "LOC", "PERSON"]),
    ],
)
def test_labels_are_kept_renamed_or_left_out(text: str | None, expected: list[str]) -> None:
    assert kept(text, *KNOWN) == expected
    assert LabelMap.parse(text, KNOWN).new_names(KNOWN) == sorted(set(expected))


def test_entities_that_become_the_same_are_kept_once() -> None:
    doc = Doc(["a"], [Entity(0, 1, "GPE", 0.9), Entity(0, 1, "LOC", 0.4)])
    assert LabelMap.parse("GPE=LOC,*", KNOWN).apply(doc).entities == [Entity(0, 1, "LOC", 0.9)]


def test_overlapping_entities_are_kept_as_they_are() -> None:
    doc = Doc(["a", "b"], [Entity(0, 2, "PERSON"), Entity(1, 2, "LOC"), Entity(0, 2, "LOC")])
    assert LabelMap.parse(None, KNOWN).apply(doc) == doc


def test_all_labels_that_are_not_the_taggers_are_told_with_the_nearest() -> None:
    with pytest.raises(UsageError) as error:
        LabelMap.parse("PERSN,GPE=,LOC,LOC", KNOWN)
    said = str(error.value)
    assert "(3 problems)" in said and "no label 'PERSN'" in said and "did you mean 'PERSON'" in said
    assert "a label is empty" in said and "label 'LOC' is repeated" in said


@pytest.mark.parametrize("text", ["spacy", "spacy:", "", "spaci:en", ":x"])
def test_a_tagger_that_is_not_understood_is_refused_with_the_forms(text: str) -> None:
    with pytest.raises(UsageError, match=r"gazetteer:names\.tsv"):
        parse_tagger(text)


def test_case_is_ignored_for_names_only() -> None:
    with pytest.raises(UsageError, match="--ignore-case"):
        parse_tagger("spacy:en", ignore_case=True)
