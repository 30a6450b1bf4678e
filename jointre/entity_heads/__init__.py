"""Entity heads: find entities."""

from jointre.entity_heads.base import EntityHead
from jointre.entity_heads.gold import GoldEntities
from jointre.entity_heads.span_classifier import SpanClassifier
from jointre.entity_heads.tag_then_classify import TagThenClassify
from jointre.entity_heads.tagger import Tagger
from jointre.entity_heads.tags_and_spans import TagsAndSpans

__all__ = ["EntityHead", "GoldEntities", "SpanClassifier", "TagThenClassify", "Tagger", "TagsAndSpans"]
