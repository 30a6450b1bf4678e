"""Relation heads: score relation types for pairs."""

from jointre.relation_heads.base import RelationHead
from jointre.relation_heads.linear import LinearRelationHead

__all__ = ["LinearRelationHead", "RelationHead"]
