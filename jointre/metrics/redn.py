"""jointre.redn.v1: micro F1 as in REDN, only on annotated pairs."""

from collections.abc import Sequence, Set
from dataclasses import replace
from typing import Literal

from jointre.data.doc import Doc, Relation
from jointre.data.triples import NO_RELATION
from jointre.metrics.counts import Item
from jointre.metrics.items import Extent, arguments, boundary_items
from jointre.metrics.matching import MatchingMetric
from jointre.registry import registry

Pairs = Literal["either_direction", "ordered"]


@registry.metrics("jointre.redn.v1")
class RednMetric(MatchingMetric):
    """Relations on the pairs that gold relates; ``redn_micro_f`` is REDN's micro F1 (REDN, Section 4.2).

    A pair without a gold relation, or whose first gold relation is in ``no_relation``, is left out together with all
    predictions for it, so that a false positive on Other costs nothing. Such a type predicted for another pair is a
    wrong item; predicting nothing is not. So this is not the official score of SemEval-2010 Task 8, and it cannot be
    compared with joint extraction. [Metrics](docs/metrics.md#semeval-2010-task-8) explains the difference.

    Args:
        pairs: which predictions belong to a pair. "either_direction": those from head to tail or back, needed if the
            order of head and tail is the direction (`jointre.semeval2010.v1`). "ordered": those from head to tail, as
            published; this makes no difference if the model was given only annotated pairs.
        no_relation: labels that mean "no relation".
    """

    prefix = "redn"
    rule = "REDN: relation type on pairs with a gold relation, all other pairs left out"
    unit = "relations"

    def __init__(self, pairs: Pairs = "either_direction", no_relation: Sequence[str] = NO_RELATION) -> None:
        self.pairs, self.no_relation = pairs, tuple(no_relation)
        super().__init__()

    @property
    def protocol(self) -> str:  # type: ignore[override]
        """What counts as correct, in words."""
        return f"{super().protocol}{'; ordered pairs' if self.pairs == 'ordered' else ''}"

    def items(self, doc: Doc) -> Set[Item]:
        """Return ``(type, head extent, tail extent)`` of all relations."""
        return boundary_items(doc.relations, doc)

    def sides(self, gold: Doc, predicted: Doc) -> tuple[Set[Item], Set[Item]]:
        """Return the items on the pairs that gold relates."""
        related = self._related(gold)
        wanted, found = (
            replace(doc, relations=[r for r in doc.relations if self._pair(doc, r) in related])
            for doc in (gold, predicted)
        )
        return self.items(wanted), self.items(found)

    def _related(self, gold: Doc) -> Set[tuple[Extent, ...]]:
        """Return the pairs whose first gold relation is not in ``no_relation``."""
        first: dict[tuple[Extent, ...], str] = {}
        for relation in gold.relations:
            first.setdefault(self._pair(gold, relation), relation.label)
        return {pair for pair, label in first.items() if label not in self.no_relation}

    def _pair(self, doc: Doc, relation: Relation) -> tuple[Extent, ...]:
        pair = tuple(entity.extent for entity in arguments(doc, relation))
        return pair if self.pairs == "ordered" else tuple(sorted(pair))
