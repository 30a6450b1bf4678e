"""Splitters: words and sentences of raw text."""

from jointre.splitters.base import Splitter
from jointre.splitters.rules import EnglishWords, UnicodeWords
from jointre.splitters.spacy import SpacyWords

__all__ = ["EnglishWords", "SpacyWords", "Splitter", "UnicodeWords"]
