"""Writing predictions and reading them back gives the same documents."""

import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jointre.data.doc import Doc, Entity, Relation
from jointre.data.raw_text import doc_from_text, split_words
from jointre.data.write import to_jsonl, to_line, to_spert
from jointre.errors import DataError
from jointre.readers.jsonl import JsonlReader
from jointre.readers.spert_json import SpertJsonReader

TEXT = doc_from_text(
    "John's  dog\u2028lives in Rome.",
    [Entity(0, 4, "Peop", 0.75), Entity(21, 24, "Loc", 1.0)],
    [Relation(0, 1, "Live_In", 0.5)],
    id="a.txt:3",
    meta={"line": 3, "start": 0},
)
WORDS = Doc(
    ["Rome", ",", "Italy"],
    [Entity(2, 3, "Loc", 0.5), Entity(0, 3, "Loc"), Entity(0, 1, "Loc")],
    [Relation(2, 0, "In"), Relation(0, 1, "Of", 0.5), Relation(2, 0, "At")],
    id="w",
    meta={"orig_id": 7, "text": "of the record", "_meta": [1]},
)


def test_text_form() -> None:
    assert to_jsonl(TEXT) == {
        "id": "a.txt:3",
        "text": "John's  dog\u2028lives in Rome.",
        "entities": [
            {"start": 0, "end": 4, "label": "Peop", "text": "John", "score": 0.75},
            {"start": 21, "end": 24, "label": "Loc", "text": "Rom", "score": 1.0},
        ],
        "relations": [{"head": 0, "tail": 1, "label": "Live_In", "score": 0.5}],
        "line": 3,
        "start": 0,
    }


def test_words_form_and_clashing_meta() -> None:
    record = to_jsonl(WORDS)
    assert record["tokens"] == WORDS.words
    assert record["entities"][1] == {"start": 0, "end": 3, "label": "Loc", "text": "Rome , Italy"}
    assert record["_meta"] == WORDS.meta
    assert "text" not in record


def test_words_are_written_only_where_they_are_not_the_usual_ones() -> None:
    assert "words" not in to_jsonl(doc_from_text("a-b c"))
    assert to_jsonl(doc_from_text("a-b c", words=[(0, 3), (4, 5)]))["words"] == [[0, 3], [4, 5]]


def test_spert_form_is_sorted_with_moved_indices() -> None:
    assert to_spert(WORDS) == {
        "tokens": ["Rome", ",", "Italy"],
        "entities": [
            {"type": "Loc", "start": 0, "end": 1},
            {"type": "Loc", "start": 0, "end": 3},
            {"type": "Loc", "start": 2, "end": 3},
        ],
        "relations": [
            {"type": "In", "head": 0, "tail": 2},
            {"type": "At", "head": 0, "tail": 2},
            {"type": "Of", "head": 2, "tail": 1},
        ],
    }


def test_spert_form_reads_back(tmp_path: Path) -> None:
    path = tmp_path / "p.json"
    path.write_text(json.dumps([to_spert(WORDS)]), encoding="utf-8")
    (doc,) = SpertJsonReader(str(path))
    assert to_spert(doc) == to_spert(WORDS)


@pytest.mark.parametrize("doc", [TEXT, WORDS, Doc([], id="empty")], ids=["text", "words", "empty"])
def test_reading_back_gives_the_same_document(tmp_path: Path, doc: Doc) -> None:
    path = tmp_path / "p.jsonl"
    path.write_text(to_line(doc) + "\n", encoding="utf-8")
    assert list(JsonlReader(str(path))) == [doc]


def test_a_document_with_half_its_text_is_refused() -> None:
    with pytest.raises(DataError, match="offsets"):
        to_jsonl(Doc(["a"], text="a"))


@st.composite
def documents(draw: st.DrawFn) -> Doc:
    text = draw(st.text(alphabet=st.characters(exclude_categories=["Cs"]), max_size=40).filter(str.strip))
    n = len(split_words(text))
    span = st.tuples(st.integers(0, n - 1), st.integers(1, n)).map(lambda p: (min(p), max(p)))
    spans = draw(st.lists(span.filter(lambda p: p[0] < p[1]), max_size=4, unique=True))
    scores = st.none() | st.floats(0, 1)
    entities = [Entity(a, b, draw(st.sampled_from("XY")), draw(scores)) for a, b in spans]
    pairs = [(a, b) for a in range(len(spans)) for b in range(len(spans)) if a != b]
    chosen = draw(st.lists(st.sampled_from(pairs), max_size=4, unique=True)) if pairs else []
    relations = [Relation(a, b, "R", draw(scores)) for a, b in chosen]
    plain = doc_from_text(text)
    if draw(st.booleans()):
        return Doc(plain.words, entities, relations, id="d", meta={"k": [1, None]})
    return Doc(plain.words, entities, relations, text, plain.offsets, "d")


@settings(deadline=None, max_examples=150)
@given(st.lists(documents(), min_size=1, max_size=3))
def test_any_documents_read_back(tmp_path_factory: pytest.TempPathFactory, docs: list[Doc]) -> None:
    path = tmp_path_factory.mktemp("w") / "p.jsonl"
    path.write_text("".join(to_line(doc) + "\n" for doc in docs), encoding="utf-8", newline="\n")
    assert list(JsonlReader(str(path))) == docs
