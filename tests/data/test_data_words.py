"""Words and sentences of raw text, and documents with character offsets."""

import itertools

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from jointre.data.doc import Doc, Entity, Relation
from jointre.data.raw_text import doc_from_text, split_sentences, split_words
from jointre.data.report import Report
from jointre.errors import DataError

TEXTS = st.text(alphabet=st.characters(exclude_categories=["Cs"]), max_size=60) | st.text(
    alphabet="aZé\u0301\u0915\u093f\u200d'\u2019.-_ \t\n\xa0\u20039n't!?\"()。", max_size=60
)


def words(text: str) -> list[str]:
    return [text[start:end] for start, end in split_words(text)]


def sentences(text: str) -> list[str]:
    return [text[start:end] for start, end in split_sentences(text)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("John lives in Rome.", ["John", "lives", "in", "Rome", "."]),
        ("John's dog didn't bark", ["John", "'s", "dog", "did", "n't", "bark"]),
        ("we\u2019ll can\u2019t I'm", ["we", "\u2019ll", "ca", "n\u2019t", "I", "'m"]),
        ("O'Neil 'sleeps'", ["O", "'", "Neil", "'", "sleeps", "'"]),
        ("azithromycin-induced", ["azithromycin", "-", "induced"]),
        ("3.5 mg/kg", ["3", ".", "5", "mg", "/", "kg"]),
        ("snake_case été", ["snake_case", "été"]),
        ("e\u0301te\u0301 cafe\u0301's", ["e\u0301te\u0301", "cafe\u0301", "'s"]),
        ("हिन्दी में", ["हिन्दी", "में"]),
        ("“Go”…", ["“", "Go", "”", "…"]),
        ("a\xa0b\u3000c", ["a", "b", "c"]),
        ("\u0301x", ["\u0301x"]),
        ("😀x", ["😀", "x"]),
        ("", []),
        (" \n ", []),
    ],
)
def test_words(text: str, expected: list[str]) -> None:
    assert words(text) == expected


@settings(deadline=None, max_examples=400)
@given(TEXTS)
@example("n't can't 's 'S x's")
def test_every_visible_character_is_in_exactly_one_word(text: str) -> None:
    covered = [i for start, end in split_words(text) for i in range(start, end)]
    assert covered == [i for i, char in enumerate(text) if not char.isspace()]
    assert all(start < end for start, end in split_words(text))


@pytest.mark.parametrize(
    ("text", "n"),
    [
        ("Dr. Smith met Mr. J. R. Jones. They talked.", 2),
        ("The rate fell 3.5 percent. It was 0.2 before.", 2),
        ('He said "I will go." Then he left.', 2),
        ("In Washington, D.C. the President spoke. The U.S. Senate met.", 2),
        ("Smith et al. (2004) showed it, cf. Fig. 3. We agree.", 2),
        ("We use e.g. dropout, i.e. noise. It helps.", 2),
        ("I was born on Jan. 5, 1990. It snowed.", 2),
        ("S. aureus was found. E. coli was not.", 2),
        ("Is it? Yes! Good.", 3),
        ("1. First item. 2. Second item.", 2),
        ("今日は。元気ですか\uff1fはい。", 3),
        ("No final stop", 1),
        ("!!! ...", 1),
        ("", 0),
        (" \n\t ", 0),
    ],
)
def test_sentences(text: str, n: int) -> None:
    assert len(split_sentences(text)) == n, sentences(text)


def test_long_texts_take_linear_time() -> None:
    for text in ("1. " * 100000, "x" * 300000, "n't" * 100000, "a " * 150000, "(" * 300000):
        split_sentences(text)
        assert split_words(text)[-1][1] == len(text.rstrip())


@settings(deadline=None, max_examples=400)
@given(TEXTS | st.text(max_size=30))
@example("A b. \ud83d C d.")
@example("\n\nOne. \r\n\r\n Two.  ")
@example("r\U0001f600.*\U0001f600\u2028D.\u3000*D]1.\u3000D. \xa0B. x")
def test_every_visible_character_is_in_exactly_one_sentence(text: str) -> None:
    spans = split_sentences(text)
    assert all(text[a:b] == text[a:b].strip() != "" for a, b in spans)
    covered = "".join(text[a:b] for a, b in spans)
    assert "".join(covered.split()) == "".join(text.split())
    assert spans == sorted(spans)
    assert all(end <= start for (_, end), (start, _) in itertools.pairwise(spans))


def test_a_panic_of_the_segmenter_gives_one_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    class PanicException(BaseException):
        """What Rust code raises in Python; no Exception."""

    def panic(language: str, text: str) -> None:
        raise PanicException

    monkeypatch.setattr("sentencex.get_sentence_boundaries", panic)
    assert sentences(" One. Two. ") == ["One. Two."]


def test_an_entity_inside_a_word_keeps_its_characters_and_blanks_are_trimmed() -> None:
    report = Report()
    entities = [(0, 5, "Drug"), (5, 8, "Unit"), (8, 13, "Time"), (8, 9, "Time")]
    doc = doc_from_text("10mgx5 ml a day", [(2, 4, "Unit"), (6, 10, "Unit"), (0, 2, "Dose")], report=report)
    assert doc.words == ["10mgx5", "ml", "a", "day"]
    assert [entity.extent for entity in doc.entities] == [(0, 1), (1, 2), (0, 1)]
    assert [entity.chars for entity in doc.entities] == [(2, 4), None, (0, 2)]
    assert [doc.surface(entity) for entity in doc.entities] == ["mg", "ml", "10"]
    assert report.notices == ["entities with blanks at an end, trimmed: 1 (first in )"]
    with pytest.raises(DataError) as error:
        doc_from_text("aspirin", entities, [(0, 4, "x"), (1, 1, "y")])
    assert len(error.value.faults) == 5


@settings(deadline=None, max_examples=300)
@given(TEXTS, st.data())
def test_entities_keep_their_text(text: str, data: st.DataObject) -> None:
    edges = st.integers(0, len(text))
    spans = data.draw(st.lists(st.tuples(edges, edges), max_size=5))
    spans = [(a, b) for a, b in spans if text[a:b].strip()]
    doc = doc_from_text(text, [(a, b, "X") for a, b in spans])
    assert [doc.surface(entity) for entity in doc.entities] == [text[a:b].strip() for a, b in spans]
    assert doc.offsets is not None
    assert doc.words == [text[a:b] for a, b in doc.offsets]
    assert doc.offsets == split_words(text)


@pytest.mark.parametrize(
    ("start", "end", "message"),
    [(0, 99, "outside"), (-1, 2, "outside"), (2, 2, "empty"), (3, 1, "empty"), (4, 5, "only blanks")],
)
def test_unusable_entities_are_refused(start: int, end: int, message: str) -> None:
    with pytest.raises(DataError, match=message):
        doc_from_text("John walks.", [(start, end, "Peop")], id="x:1")


def test_given_words() -> None:
    doc = doc_from_text("U.S. troops", [(0, 4, "Loc"), (5, 7, "X")], words=[(0, 4), (5, 11)])
    assert doc.words == ["U.S.", "troops"]
    for bad in ([(0, 4), (3, 11)], [(4, 4)], [(5, 99)], [(5, 11), (0, 4)]):
        with pytest.raises(DataError, match="cannot be at"):
            doc_from_text("U.S. troops", words=bad)
    with pytest.raises(DataError, match="outside the given words"):
        doc_from_text("U.S. troops", [(0, 4, "Loc")], words=[(5, 11)])


def test_entity_and_relation_objects_keep_their_scores() -> None:
    doc = doc_from_text(
        "A b", [Entity(0, 1, "X", 0.5), (2, 3, "Y")], [Relation(0, 1, "R", 0.25)], meta={"k": 1}
    )
    assert doc == Doc(
        ["A", "b"],
        [Entity(0, 1, "X", 0.5), Entity(1, 2, "Y")],
        [Relation(0, 1, "R", 0.25)],
        "A b",
        [(0, 1), (2, 3)],
        "",
        {"k": 1},
    )


def test_a_lone_surrogate_is_refused() -> None:
    with pytest.raises(DataError, match="surrogate"):
        doc_from_text("a \ud83d b")
