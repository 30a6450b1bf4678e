"""Checks of documents, duplicates, unknown types, the report."""

import pytest

from jointre.data.doc import Doc, Entity, Relation
from jointre.data.labels import Labels
from jointre.data.report import CorpusError, Report
from jointre.data.validate import check_doc, check_labels, merge_duplicates
from jointre.errors import DataError, Fault


def test_a_good_document_has_no_faults() -> None:
    doc = Doc(["a", "b"], [Entity(0, 1, "X"), Entity(0, 2, "Y")], [Relation(0, 1, "R")])
    assert check_doc(doc, "x:1") == []


@pytest.mark.parametrize(
    ("doc", "message"),
    [
        (Doc(["a"], [Entity(0, 2, "X")]), "outside the 1 words"),
        (Doc(["a"], [Entity(-1, 1, "X")]), "outside"),
        (Doc(["a"], [Entity(1, 1, "X")]), "is empty"),
        (Doc(["a"], [Entity(0, 1, " ")]), "empty label"),
        (Doc(["a"], [Entity(0, 1, "X")], [Relation(0, 1, "R")]), "there is no entity 1"),
        (Doc(["a"], [Entity(0, 1, "X")], [Relation(-1, 0, "R")]), "there is no entity -1"),
        (Doc(["a"], [Entity(0, 1, "X")], [Relation(0, 0, "R")]), "to itself"),
        (Doc(["a"], [Entity(0, 1, "X"), Entity(0, 1, "Y")], [Relation(0, 1, "")]), "empty label"),
        (Doc(["\ud83d"]), "surrogate"),
        (Doc(["a"], text="a"), "both the text and the offsets"),
        (Doc(["a"], offsets=[(0, 1)]), "both the text and the offsets"),
        (Doc(["a"], text="a b", offsets=[(0, 1), (2, 3)]), "1 words, but 2 offsets"),
        (Doc(["a"], text="a b", offsets=[(2, 3)]), "differs from the text"),
        (Doc(["a"], text="a b", offsets=[(2, 9)]), "cannot be at"),
    ],
)
def test_each_fault_is_found(doc: Doc, message: str) -> None:
    (fault,) = check_doc(doc, "x:1")
    assert message in fault.what
    assert fault.where == "x:1"


def test_all_faults_at_once() -> None:
    doc = Doc(["a"], [Entity(0, 9, "X"), Entity(0, 0, "X")], [Relation(0, 5, "R"), Relation(1, 1, "R")])
    assert len(check_doc(doc, "x:1")) == 4


def test_duplicates_are_kept_once_and_counted() -> None:
    report = Report()
    doc = Doc(
        ["a", "b"],
        [Entity(1, 2, "X", 0.9), Entity(0, 1, "X"), Entity(1, 2, "X", 0.1), Entity(1, 2, "Y")],
        [
            Relation(0, 1, "R"),
            Relation(2, 1, "R"),
            Relation(3, 1, "R"),
            Relation(1, 0, "R"),
            Relation(0, 1, "S"),
        ],
    )
    merged = merge_duplicates(doc, report, "x:1")
    assert merged.entities == [Entity(1, 2, "X", 0.9), Entity(0, 1, "X"), Entity(1, 2, "Y")]
    assert [(r.head, r.tail, r.label) for r in merged.relations] == [
        (0, 1, "R"),
        (2, 1, "R"),
        (1, 0, "R"),
        (0, 1, "S"),
    ]
    assert report.notices == [
        "duplicate entities, kept once: 1 (first in x:1)",
        "duplicate relations, kept once: 1 (first in x:1)",
        "spans with a second label: 1 (first in x:1)",
    ]


def test_unknown_types_are_one_fault_each_with_a_suggestion() -> None:
    labels = Labels(("Peop", "Loc"), ("Live_In",))
    docs = [
        Doc(["a", "b"], [Entity(0, 1, "People"), Entity(1, 2, "Loc")], [Relation(0, 1, "live_in")], id="f:1"),
        Doc(["a"], [Entity(0, 1, "People")]),
        Doc(["a"], [Entity(0, 1, "Zzz")]),
    ]
    faults = check_labels(docs, labels, "corpus")
    assert [(f.where, f.remedy) for f in faults] == [
        ("f:1", "did you mean 'Peop'?"),
        ("f:1", "did you mean 'Live_In'?"),
        ("corpus[2]", "known: Peop, Loc"),
    ]
    assert "used 2 times" in faults[0].what
    assert check_labels(docs[:0], labels, "corpus") == []


def test_a_long_error_shows_twenty_faults_and_keeps_all() -> None:
    report = Report()
    report.raise_faults("fine")
    report.faults += [Fault(f"fault {n}", f"x:{n}") for n in range(25)]
    with pytest.raises(CorpusError) as error:
        report.raise_faults("x cannot be used")
    assert isinstance(error.value, DataError)
    assert len(error.value.faults) == 25
    message = str(error.value)
    assert message.startswith("x cannot be used (25 problems)")
    assert message.endswith("and 5 more")
    assert "x:19" in message
    assert "x:20" not in message


def test_a_short_error_shows_all() -> None:
    assert "more" not in str(CorpusError("t", [Fault("a"), Fault("b")]))
