"""The row of marks that both renderings are made from."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jointre.data.doc import Doc, Entity, Relation
from jointre.data.raw_text import doc_from_text
from jointre.errors import DataError
from jointre.printable import clean
from jointre.rendering.marks import Close, Open, Text, marks
from jointre.rendering.names import crossing, in_text_order, numbers
from jointre.rendering.palette import Palette

LENGTH = 6


@st.composite
def docs(draw: st.DrawFn) -> Doc:
    """Any entities at all, with or without raw text (blanks of width 0 to 2 between words)."""
    spans = draw(st.lists(st.tuples(st.integers(0, LENGTH - 1), st.integers(1, LENGTH)), max_size=6))
    entities = [Entity(start, min(LENGTH, start + width), "T") for start, width in spans]
    words = [f"w{i}" for i in range(LENGTH)]
    if draw(st.booleans()):
        return Doc(words, entities)
    text, offsets = draw(st.sampled_from(["", " "])), []
    for word in words:
        offsets.append((len(text), len(text) + len(word)))
        text += word + " " * draw(st.integers(0, 2))
    return Doc(words, entities, text=text, offsets=offsets)


@given(doc=docs())
def test_the_text_is_complete_and_marks_nest(doc: Doc) -> None:
    stack: list[int] = []
    text, covered = "", dict.fromkeys(range(len(doc.entities)), "")
    for mark in marks(doc):
        if isinstance(mark, Text):
            text += mark.text
            covered.update({entity: covered[entity] + mark.text for entity in stack})
        elif isinstance(mark, Open):
            stack.append(mark.entity)
        else:
            assert stack.pop() == mark.entity
    assert not stack
    assert text == (doc.text if doc.text is not None else " ".join(doc.words))
    assert [covered[i] for i in covered] == [doc.surface(entity) for entity in doc.entities]


@given(doc=docs())
def test_every_entity_begins_once_ends_once_and_only_crossing_ones_are_split(doc: Doc) -> None:
    row = list(marks(doc))
    first = sorted(mark.entity for mark in row if isinstance(mark, Open) and mark.first)
    last = sorted(mark.entity for mark in row if isinstance(mark, Close) and mark.last)
    assert first == last == list(range(len(doc.entities)))
    assert {mark.entity for mark in row if isinstance(mark, Open) and not mark.first} <= crossing(doc)


def test_an_entity_inside_a_word_is_marked_by_its_characters() -> None:
    doc = doc_from_text("Die Berlinreise war", [(4, 10, "L"), (4, 15, "T")])
    assert list(marks(doc)) == [
        *(Text("Die"), Text(" "), Open(1), Open(0), Text("Berlin"), Close(0)),
        *(Text("reise"), Close(1), Text(" "), Text("war")),
    ]


def test_nothing_to_mark() -> None:
    assert list(marks(Doc([]))) == []
    assert list(marks(Doc([], text="  ", offsets=[]))) == [Text("  ")]


@pytest.mark.parametrize("entity", [Entity(1, 1, "X"), Entity(0, 3, "X"), Entity(-1, 1, "X")])
def test_entities_outside_the_document_are_refused(entity: Entity) -> None:
    with pytest.raises(DataError, match=r"d1: entity 0 covers words .* the document has 2"):
        list(marks(Doc(["a", "b"], [entity], id="d1")))


def test_relations_between_entities_that_are_not_there_are_refused() -> None:
    with pytest.raises(DataError, match="relation 0 joins entities 0 and 1"):
        list(marks(Doc(["a"], [Entity(0, 1, "X")], [Relation(0, 1, "R")])))


def test_numbers_go_to_crossing_entities_and_to_arguments_with_the_same_words() -> None:
    cross = Doc(list("abcd"), [Entity(1, 4, "X"), Entity(0, 2, "X"), Entity(3, 4, "X")])
    assert numbers(cross) == {1: 1, 0: 2}
    same = Doc(["a", "b", "a"], [Entity(2, 3, "X"), Entity(0, 1, "X"), Entity(1, 2, "X")])
    assert numbers(same) == {}
    same.relations.append(Relation(0, 1, "R"))
    assert numbers(same) == {1: 1, 0: 2}


def test_relations_stand_in_text_order() -> None:
    doc = Doc(["a", "b"], [Entity(1, 2, "X"), Entity(0, 1, "X")], [Relation(0, 1, "R"), Relation(1, 0, "R")])
    assert in_text_order(doc) == [doc.relations[1], doc.relations[0]]


def test_control_characters_do_not_reach_the_terminal() -> None:
    assert clean("a\tb\nc\x1b[31m\x07\x9b") == "a b c�[31m��"
    assert clean("schön 北京") == "schön 北京"


def test_colours_are_stable_and_apart() -> None:
    one, other = Palette(8), Palette(8, ["Person"])
    assert one.number("Person") == other.number("Person") == one.number("Person")
    labels = [f"T{i}" for i in range(8)]
    assert sorted(Palette(8, labels).number(label) for label in labels) == list(range(8))
    assert 0 <= Palette(2, labels).number("more than there are") < 2
