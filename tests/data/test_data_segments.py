"""Segments: documents cut for a model and joined again, and their sentences as documents."""

import random
from itertools import pairwise

import pytest

from jointre.attribution import ContractError
from jointre.data.doc import Doc, Entity, Relation
from jointre.data.raw_text import doc_from_text
from jointre.data.report import Report
from jointre.data.segments import (
    Extent,
    Segment,
    by_sentence,
    count_cut,
    join,
    joined_around_entities,
)
from jointre.segmenters import Documents, Segmenter, Sentences

TEXT = "Ann Lee came.  She lives in Rome, not Oslo."
SPANS = [(0, 7, "Per"), (28, 32, "Loc"), (38, 42, "Loc"), (8, 18, "Odd")]


def paragraph() -> Doc:
    doc = doc_from_text(TEXT, SPANS, [(0, 1, "lives_in"), (2, 1, "not")], id="d", meta={"line": 3})
    doc.sentences = [(0, 4), (4, 12)]
    return doc


def random_docs(number: int) -> list[Doc]:
    chance = random.Random(5)
    docs = []
    for _ in range(number):
        size = chance.randint(1, 12)
        spans = [sorted(chance.sample(range(size + 1), 2)) for _ in range(chance.randint(0, 6))]
        entities = [Entity(start, end, "X") for start, end in spans]
        pairs = [chance.sample(range(len(spans)), 2) for _ in range(4)] if len(spans) > 1 else []
        borders = sorted({0, size, *chance.choices(range(size), k=3)})
        sentences = list(pairwise(borders))
        docs.append(
            Doc(
                [f"w{i}" for i in range(size)],
                entities,
                [Relation(*p, "r") for p in pairs],
                sentences=sentences,
            )
        )
    return docs


@pytest.mark.parametrize("segmenter", [Sentences(), Sentences(2, 3), Sentences(3, 1), Documents()])
def test_cutting_and_joining_keeps_all_that_lies_within_a_segment(segmenter: Segmenter) -> None:
    for doc in random_docs(500):
        parts = segmenter.segments(doc)
        again = join(doc.bare(), parts)
        report = Report()
        count_cut(doc, parts, "segments", report)
        within = (
            [(0, len(doc.words))]
            if isinstance(segmenter, Documents)
            else [
                (doc.sentences[i][0], doc.sentences[min(i + segmenter.sentences, len(doc.sentences)) - 1][1])
                for i in range(0, len(doc.sentences), segmenter.sentences)
            ]
        )
        kept = {e for e in doc.entities if any(a <= e.start and e.end <= b for a, b in within)}
        assert sorted(e.extent for e in again.entities) == sorted(e.extent for e in doc.entities if e in kept)
        ends = [{doc.entities[r.head], doc.entities[r.tail]} for r in doc.relations]
        inside = [any(all(a <= e.start and e.end <= b for e in both) for a, b in within) for both in ends]
        assert len(again.relations) == sum(inside)
        if all(inside) and len(kept) == len(doc.entities):
            assert again.annotation() == doc.annotation()
        lost = len(doc.entities) - len(again.entities), len(doc.relations) - len(again.relations)
        assert bool(report.notices) == any(lost)


def test_annotation_across_segments_is_counted() -> None:
    doc, report = paragraph(), Report()
    parts = Sentences().segments(doc)
    count_cut(doc, parts, "segments", report)
    assert [[part.surface(e) for e in part.entities] for part in parts] == [["Ann Lee"], ["Rome", "Oslo"]]
    assert [part.relations for part in parts] == [[], [Relation(1, 0, "not")]]
    assert report.notices == [
        "entities across segments, left out: 1 (first in d)",
        "relations between segments, left out: 1 (first in d)",
    ]


def test_words_around_a_segment() -> None:
    doc = paragraph()
    first, second = Sentences(context_words=3).segments(doc)
    assert isinstance(first, Segment) and isinstance(second, Segment)
    assert (first.before, first.after) == ([], ["She", "lives", "in"])
    assert (second.before, second.after, second.first) == (["Lee", "came", "."], [], 4)
    assert Documents().segments(doc) == [doc]
    assert Sentences(2).segments(doc) == [doc]


def test_a_segment_knows_its_characters() -> None:
    second = Sentences().segments(paragraph())[1]
    assert [(e.start_char, e.end_char) for e in second.entities] == [(28, 32), (38, 42)]


def test_sentences_as_documents() -> None:
    first, second = by_sentence(paragraph())
    assert (first.id, first.text, first.meta) == ("d", "Ann Lee came.", {"line": 3, "start": 0})
    assert (second.text, second.meta) == ("She lives in Rome, not Oslo.", {"line": 3, "start": 15})
    assert [(second.surface(e), e.start_char) for e in second.entities] == [("Rome", 13), ("Oslo", 23)]
    words = Doc(["a", "b", "c"], [Entity(1, 2, "X")], id="w", sentences=[(0, 1), (1, 3)])
    assert [(doc.id, doc.words, doc.entities, doc.meta) for doc in by_sentence(words)] == [
        ("w:0", ["a"], [], {"sentence": 0}),
        ("w:1", ["b", "c"], [Entity(0, 1, "X")], {"sentence": 1}),
    ]
    assert by_sentence(Doc(["a"], id="x")) == [Doc(["a"], id="x")]
    blank = doc_from_text("  ", id="b")
    blank.sentences = []
    assert by_sentence(blank) == [blank]


def test_evidence_is_the_sentences_of_the_arguments() -> None:
    doc = paragraph()
    assert [TEXT[slice(*doc.evidence(r))] for r in doc.relations] == [TEXT, "She lives in Rome, not Oslo."]
    assert Doc(["a", "b"], [Entity(0, 1, "X"), Entity(1, 2, "X")]).evidence(Relation(0, 1, "r")) is None


def test_sentences_are_joined_around_entities() -> None:
    assert joined_around_entities(paragraph()).sentences == [(0, 12)]
    doc = paragraph()
    doc.entities = doc.entities[:3]
    assert joined_around_entities(doc) is doc


class Lossy(Segmenter):
    def extents(self, doc: Doc) -> list[Extent]:
        return [Extent(1, len(doc.words), 0, len(doc.words))]


def test_a_segmenter_that_loses_words_is_refused() -> None:
    with pytest.raises(ContractError, match=r"\[\(1, 12, 0, 12\)\] for 12 words, not each word once"):
        Lossy().segments(paragraph())
