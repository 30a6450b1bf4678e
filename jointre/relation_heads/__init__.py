"""Relation heads: score relation types for pairs."""

from jointre.relation_heads.base import RelationHead
from jointre.relation_heads.biaffine import BiaffineRelationHead
from jointre.relation_heads.kernel import KernelRelationHead
from jointre.relation_heads.linear import LinearRelationHead
from jointre.relation_heads.sized_kernel import SizedKernelRelationHead

__all__ = [
    "BiaffineRelationHead",
    "KernelRelationHead",
    "LinearRelationHead",
    "RelationHead",
    "SizedKernelRelationHead",
]
