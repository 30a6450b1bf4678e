"""spaCy's DocBin with entities, span groups and relations."""

from pathlib import Path
from typing import Any

import pytest
import spacy
from spacy.tokens import Doc as SpacyDoc
from spacy.tokens import DocBin, Span

from jointre.errors import DataError
from jointre.readers.open import open_data, read_input
from jointre.readers.spacy_docbin import SpacyDocbinReader

TEXT = "Mia Berg left\n Kiel."
REL = {(0, 4): {"left": 1.0, "saw": 0.2}, (4, 0): {"left": 0.0}}


def made(rel: Any = None, text: str = TEXT) -> SpacyDoc:
    doc = spacy.blank("en")(text)
    if text == TEXT:
        doc.ents = [Span(doc, 0, 2, "PER"), Span(doc, 4, 5, "LOC")]
    if rel is not None:
        doc.user_data["._.", "rel", None, None] = rel
    return doc


def save(folder: Path, *docs: SpacyDoc) -> str:
    DocBin(docs=docs, store_user_data=True).to_disk(folder / "a.spacy")
    return str(folder / "a.spacy")


def test_entities_and_relations(tmp_path: Path) -> None:
    path = save(tmp_path, made(REL), made(text="It rained."), made({}))
    reader = open_data(path)
    assert isinstance(reader, SpacyDocbinReader)
    doc, rained, none = reader
    assert (doc.id, doc.text, doc.words) == ("a.spacy[0]", TEXT, ["Mia", "Berg", "left", "Kiel", "."])
    assert [(doc.surface(e), e.label) for e in doc.entities] == [("Mia Berg", "PER"), ("Kiel", "LOC")]
    assert [(r.head, r.tail, r.label) for r in doc.relations] == [(0, 1, "left")]
    assert (rained.entities, none.relations, doc.split, reader.notices) == ([], [], False, [])
    assert [doc.text for doc in read_input(path)][1] == "It rained."


def test_sentences_that_spacy_marked(tmp_path: Path) -> None:
    pipeline = spacy.blank("en")
    pipeline.add_pipe("sentencizer")
    marked, bare = SpacyDocbinReader(save(tmp_path, pipeline("It rained. \n Mia left."), made()))
    assert (marked.sentences, bare.sentences) == ([(0, 3), (3, 6)], None)


def test_span_groups(tmp_path: Path) -> None:
    doc = made()
    doc.spans["sc"] = [Span(doc, 0, 1, "NAME"), Span(doc, 4, 5, "LOC")]
    path = save(tmp_path, doc, made())
    every = SpacyDocbinReader(path)
    first, _ = every
    assert [(first.surface(e), e.label) for e in first.entities] == [
        ("Mia Berg", "PER"),
        ("Kiel", "LOC"),
        ("Mia", "NAME"),
    ]
    assert [notice.split(" (")[0] for notice in every.notices] == ["duplicate entities, kept once: 1"]
    one = SpacyDocbinReader(path, group="sc")
    assert [[e.label for e in doc.entities] for doc in one] == [["NAME", "LOC"], []]
    assert "documents without the span group 'sc': 1" in one.notices[0]


def test_faults_name_the_document_all_at_once(tmp_path: Path) -> None:
    bare = made()
    bare.ents = [Span(bare, 0, 2)]
    path = save(tmp_path, made({(0, 1): {"left": 1.0}}), made({"0": 3}), made({(0, 4): {"left": "x"}}), bare)
    with pytest.raises(DataError) as error:
        list(SpacyDocbinReader(path))
    what = ["relations to a word outside all entities: left from token 0", *2 * ["_.rel: it does not have"]]
    found = error.value.faults
    assert [fault.where for fault in found][:3] == [f"{path}[{number}]" for number in range(3)]
    assert all(fault.what.startswith(text) for fault, text in zip(found, what, strict=False))
    loose = SpacyDocbinReader(save(tmp_path, made({(0, 1): {"left": 1.0}})), repair=True)
    assert [doc.relations for doc in loose] == [[]] and len(loose.repairs) == 1


def test_a_file_that_is_something_else(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "a.spacy").write_bytes(b"Mia left Kiel.")
    with pytest.raises(DataError, match="it is not a DocBin of spaCy"):
        list(open_data(str(tmp_path / "a.spacy")))
    with pytest.raises(DataError, match="No such file"):
        list(SpacyDocbinReader(str(tmp_path / "b.spacy")))
    monkeypatch.setattr("jointre.readers.spacy_docbin.find_spec", lambda name: None)
    with pytest.raises(DataError, match=r"spaCy must be installed\n.*jointre\[spacy\]"):
        list(SpacyDocbinReader(str(tmp_path / "a.spacy")))
