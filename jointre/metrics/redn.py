"""jointre.redn.v1: micro F1 as REDN counts it, on annotated pairs only."""

from collections.abc import Sequence, Set
from dataclasses import replace
from typing import Literal, get_args

from jointre.data.doc import Doc, Relation
from jointre.data.triples import NO_RELATION
from jointre.errors import refuse_unknown
from jointre.metrics.counts import Item
from jointre.metrics.items import Extent, arguments, boundary_items
from jointre.metrics.matching import MatchingMetric
from jointre.registry import registry

Pairs = Literal["either_direction", "ordered"]


@registry.metrics("jointre.redn.v1")
class RednMetric(MatchingMetric):
    """Relations on the pairs that gold relates (specification of REDN, section 5); the paper reports ``redn_micro_f``.

    A pair without a gold relation, or whose first gold relation is called as in ``no_relation``, is left out with all
    that is predicted on it: a false alarm on Other costs nothing. Where such a type is predicted on another pair, it
    is a wrong item; where nothing is predicted, none. So this is neither the official score of SemEval-2010 Task 8
    nor comparable with joint extraction.

    Args:
        pairs: which predictions are on a pair. "either_direction": those from head to tail or back, needed where the
            order of head and tail is the direction (`jointre.semeval2010.v1`). "ordered": those from head to tail, as
            published; the same where annotated pairs are all that the model was given.
        no_relation: labels of the class that stands for no relation.
    """

    prefix = "redn"
    rule = "REDN: relation type on pairs with a gold relation, all other pairs left out"
    unit = "relations"

    def __init__(self, pairs: Pairs = "either_direction", no_relation: Sequence[str] = NO_RELATION) -> None:
        refuse_unknown(type(self).__name__, {"pairs": (pairs, get_args(Pairs))})
        self.pairs, self.no_relation = pairs, tuple(no_relation)
        super().__init__()

    @property
    def protocol(self) -> str:  # type: ignore[override]
        """What counts as correct, in words."""
        return f"{super().protocol}{'; ordered pairs' if self.pairs == 'ordered' else ''}"

    def items(self, doc: Doc) -> Set[Item]:
        """``(type, head extent, tail extent)`` of all relations."""
        return boundary_items(doc.relations, doc)

    def sides(self, gold: Doc, predicted: Doc) -> tuple[Set[Item], Set[Item]]:
        """The items on the pairs that gold relates."""
        related = self._related(gold)
        wanted, found = (
            replace(doc, relations=[r for r in doc.relations if self._pair(doc, r) in related])
            for doc in (gold, predicted)
        )
        return self.items(wanted), self.items(found)

    def _related(self, gold: Doc) -> Set[tuple[Extent, ...]]:
        """The pairs whose first gold relation is one."""
        first: dict[tuple[Extent, ...], str] = {}
        for relation in gold.relations:
            first.setdefault(self._pair(gold, relation), relation.label)
        return {pair for pair, label in first.items() if label not in self.no_relation}

    def _pair(self, doc: Doc, relation: Relation) -> tuple[Extent, ...]:
        pair = tuple(entity.extent for entity in arguments(doc, relation))
        return pair if self.pairs == "ordered" else tuple(sorted(pair))
