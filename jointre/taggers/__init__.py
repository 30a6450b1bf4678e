"""Taggers: find the entities of raw text for `jointre annotate`. Importing this package registers those of jointre."""

from jointre.taggers.base import Tagger, TaggerSpec
from jointre.taggers.gazetteer import Gazetteer
from jointre.taggers.jointre_model import JointreTagger
from jointre.taggers.spacy import SpacyTagger

__all__ = ["Gazetteer", "JointreTagger", "SpacyTagger", "Tagger", "TaggerSpec"]
