"""jointre.semeval_official.v1: the official score of SemEval-2010 Task 8."""

import re
from collections.abc import Iterator, Set

from jointre.data.doc import Doc, Relation
from jointre.metrics.counts import Item
from jointre.metrics.items import Extent, arguments
from jointre.metrics.matching import MatchingMetric
from jointre.registry import registry

OTHER = "Other"
DIRECTION = re.compile(r"(?P<type>.+)\((?P<arguments>e1,e2|e2,e1)\)")


@registry.metrics("jointre.semeval_official.v1")
class SemevalMetric(MatchingMetric):
    """SemEval-2010 Task 8: macro F1 over nine types, (9+1)-way with the direction taken into account.

    ``semeval_macro_f`` is the official score. A pair of words that is not related is an example of Other. The right
    type in the wrong direction is one missed and one spurious item of that type. The mean is over the types that occur
    in gold; predictions of any other type count as Other, as in the official scorer.

    The scorer takes one answer per pair: of several scored relations between two entities, in either direction, the one
    with the highest score counts, the first of equal scores.

    Direction is the order of head and tail. A label may contain it, too: ``Cause-Effect(e2,e1)`` from the first entity
    to the second is ``Cause-Effect`` from the second to the first. A relation with the label "Other" does not count as
    one.
    """

    prefix = "semeval"
    rule = "SemEval-2010 Task 8, official: macro F1 over types, direction counts, Other left out"
    unit = "relations"
    of_gold_types = True

    def __init__(self) -> None:
        super().__init__()

    def items(self, doc: Doc) -> Set[Item]:
        """Return ``(type, head extent, tail extent)`` of the answers."""
        return {_directed(doc, relation) for relation in _answers(doc) if relation.label != OTHER}


def _answers(doc: Doc) -> Iterator[Relation]:
    """Return all relations without a score, and the best scored relation of each pair of entities."""
    best: dict[tuple[Extent, ...], tuple[float, Relation]] = {}
    for relation in doc.relations:
        if relation.score is None:
            yield relation
            continue
        pair = tuple(sorted(entity.extent for entity in arguments(doc, relation)))
        if pair not in best or relation.score > best[pair][0]:
            best[pair] = (relation.score, relation)
    yield from (relation for _, relation in best.values())


def _directed(doc: Doc, relation: Relation) -> Item:
    """Return the item of a relation, with the direction from its label if the label contains one."""
    head, tail = (entity.extent for entity in arguments(doc, relation))
    found = DIRECTION.fullmatch(relation.label)
    if not found:
        return relation.label, head, tail
    return (found["type"], tail, head) if found["arguments"] == "e2,e1" else (found["type"], head, tail)
