"""Words never depend on annotation; training fits entities to words, and scoring compares characters."""

import random
import unicodedata

import pytest
from text_toys import texts

from jointre.data.doc import Doc, Entity, Relation
from jointre.data.raw_text import doc_from_text, english_words, split_sentences, split_words
from jointre.data.report import Report
from jointre.data.resplit import fit_words, same_words, with_words, wordless
from jointre.errors import DataError
from jointre.metrics import BoundaryMetric, EntityMetric


def test_words_cover_every_visible_character_once_whatever_the_script() -> None:
    for text in texts(10_000):
        for split in (split_words, english_words):
            offsets = split(text)
            covered = [i for start, end in offsets for i in range(start, end)]
            assert covered == [i for i, char in enumerate(text) if not char.isspace()], ascii(text)
            assert all(start < end for start, end in offsets)


def test_words_do_not_depend_on_annotation_and_entities_keep_their_characters() -> None:
    chance = random.Random(8)
    for text in texts(10_000):
        spans = [sorted(chance.choices(range(len(text) + 1), k=2)) for _ in range(3)]
        spans = [(a, b) for a, b in spans if text[a:b].strip()]
        doc = doc_from_text(text, [(a, b, "X") for a, b in spans])
        assert doc.offsets == split_words(text)
        assert doc.words == [text[a:b] for a, b in doc.offsets or ()]
        again = with_words(doc, english_words)
        assert again.offsets == english_words(text)
        for one in (doc, again):
            assert [one.surface(entity) for entity in one.entities] == [text[a:b].strip() for a, b in spans]


def test_sentences_cover_every_visible_character_once() -> None:
    for text in texts(1000):
        for language in ("en", "zh"):
            covered = [i for start, end in split_sentences(text, language) for i in range(start, end)]
            assert not {i for i, char in enumerate(text) if not char.isspace()} - set(covered)
            assert len(covered) == len(set(covered))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("李雷在北京。", ["李", "雷", "在", "北", "京", "。"]),
        ("用iPhone15拍照", ["用", "iPhone15", "拍", "照"]),
        ("カナとひら", ["カ", "ナ", "と", "ひ", "ら"]),
        ("か\u3099x", ["か\u3099", "x"]),
        ("ที่นี่", ["ที่", "นี่"]),
        ("don't吗 한국어 don't", ["do", "n't", "吗", "한국어", "do", "n't"]),
    ],
)
def test_scripts_without_blanks_are_split_by_character(text: str, expected: list[str]) -> None:
    assert [text[a:b] for a, b in split_words(text)] == expected


def test_no_word_begins_with_a_combining_mark_of_the_word_before() -> None:
    for text in texts(2000):
        for start, _ in split_words(text):
            mark = unicodedata.category(text[start])[0] == "M"
            letter = start > 0 and text[start - 1].isalpha()
            assert not (mark and letter), ascii(text)


TEXT = "The postwar years in Rome."


def inside() -> Doc:
    """A document with an entity inside a word, and one that is a word."""
    spans = [(4, 8, "T"), (21, 25, "L"), (4, 11, "T")]
    doc = doc_from_text(TEXT, spans, [(0, 1, "in"), (2, 1, "in"), (1, 2, "of")])
    doc.where = "a.jsonl:3"
    return doc


def test_training_widens_drops_or_refuses_an_entity_inside_a_word() -> None:
    report = Report()
    doc = inside()
    doc.relations.append(Relation(0, 2, "is"))
    (widened,) = fit_words([doc], "widen", report)
    assert widened.entities == [Entity(1, 2, "T"), Entity(4, 5, "L")]
    assert widened.relations == [Relation(0, 1, "in"), Relation(1, 0, "of")]
    assert report.notices == [
        "duplicate entities, kept once: 1 (first in a.jsonl:3)",
        "duplicate relations, kept once: 1 (first in a.jsonl:3)",
        "relations left out, because their two entities are one after widening: 1 (first in a.jsonl:3)",
        "entities that begin or end inside a word, widened: 1 (in a.jsonl:3)",
    ]
    assert "'post' in 'postwar'" in report.repairs[0].what
    (dropped,) = fit_words([inside()], "drop", report)
    assert dropped.entities == [Entity(4, 5, "L"), Entity(1, 2, "T")]
    assert dropped.relations == [Relation(1, 0, "in"), Relation(0, 1, "of")]
    assert not report.faults
    fit_words([inside()], "refuse", report)
    assert [(fault.what, fault.where) for fault in report.faults] == [
        ("entities that begin or end inside a word: 'post' in 'postwar'", "a.jsonl:3")
    ]


def test_documents_without_such_entities_are_returned_as_they_are() -> None:
    doc = doc_from_text(TEXT, [(21, 25, "L")])
    assert fit_words([doc], "refuse", Report())[0] is doc
    assert wordless([doc]) == []
    assert same_words([doc, doc])[1] is doc


def test_scoring_compares_characters() -> None:
    gold = inside()
    wide = fit_words([gold], "widen", Report())[0]
    entities, boundaries = EntityMetric(), BoundaryMetric()
    for metric in (entities, boundaries):
        metric.update(*same_words([gold, wide]))
    assert entities.to_json()["counts"] == {"gold": 3, "predicted": 2, "correct": 2}
    assert boundaries.to_json()["counts"] == {"gold": 3, "predicted": 2, "correct": 2}
    assert wordless([gold])[0].startswith("1 of 3 gold entities (33.33 %) begin or end inside a word")


def test_scoring_compares_characters_of_other_words() -> None:
    text = "在北京工作"
    gold = doc_from_text(text, [(1, 3, "L")])
    for found, correct in (((1, 3), 1), ((0, 3), 0)):
        predicted = doc_from_text(text, [(*found, "L")], words=[(0, 1), (1, 3), (3, 5)])
        metric = EntityMetric()
        metric.update(*same_words([gold, predicted]))
        assert metric.to_json()["counts"]["correct"] == correct


def test_given_words_stay_and_bad_words_are_refused() -> None:
    given = doc_from_text("U.S. troops", [(0, 4, "L")], words=[(0, 4), (5, 11)])
    assert with_words(given, split_words) is given
    doc = doc_from_text("U.S. troops", [(0, 4, "L")])
    assert with_words(doc, None) is doc
    assert with_words(doc, lambda text: [(0, 4), (5, 11)]).entities == [Entity(0, 1, "L")]
    with pytest.raises(DataError, match="the splitter returned invalid words"):
        with_words(doc, lambda text: [(0, 4), (3, 11)])
    with pytest.raises(DataError, match="outside the given words"):
        with_words(doc, lambda text: [(5, 11)])
