"""The contract of breakdowns."""

from copy import deepcopy
from dataclasses import replace
from typing import get_args

from jointre.breakdowns.base import Breakdown, Part, Unit
from jointre.data.doc import Doc, Relation
from jointre.metrics import EntityMetric, StrictMetric
from jointre.testing.asserts import expect, named
from jointre.testing.toy import toy_docs


def check_breakdown(breakdown: Breakdown) -> None:
    """Check bucket names, that parts are whole, that gold and prediction are divided alike, and that nothing
    is kept.
    """
    what = named(breakdown)
    expect(breakdown.unit in get_args(Unit), f"{what}: unit is {breakdown.unit!r}")
    expect(isinstance(breakdown.title, str) and breakdown.title, f"{what}: title is not a text")
    names = breakdown.buckets()
    if names is not None:
        expect(names and all(isinstance(n, str) and n for n in names), f"{what}: a bucket has no name")
        expect(len(set(names)) == len(names), f"{what}: two buckets have the same name")
        expect(list(breakdown.buckets() or ()) == list(names), f"{what}.buckets changes")
    some = names or ["bucket"]
    for metric in (EntityMetric(), StrictMetric()):
        measured = breakdown.measured(metric, some)
        expect(set(measured) <= set(some), f"{what}.measured returns buckets that it was not asked for")
        expect(
            len({id(each) for each in measured.values()}) == len(measured), f"{what}: buckets share a metric"
        )
    for gold in toy_docs():
        poor = replace(gold, entities=gold.entities[::-1], relations=_reversed(gold)[:1])
        _expect_parts(breakdown, gold, poor)


def _reversed(doc: Doc) -> list[Relation]:
    """Return the relations of a document whose entities are in the opposite order."""
    last = len(doc.entities) - 1
    return [replace(r, head=last - r.head, tail=last - r.tail) for r in doc.relations]


def _expect_parts(breakdown: Breakdown, gold: Doc, predicted: Doc) -> None:
    what, where = named(breakdown), f"{named(breakdown)}: document {gold.id!r}"
    kept = deepcopy((gold, predicted))
    parts = list(breakdown.parts(gold, predicted))
    expect((gold, predicted) == kept, f"{what} changes its documents")
    expect(list(breakdown.parts(gold, predicted)) == parts, f"{what} returns other parts the second time")
    names = [name for name, _, _ in parts]
    known = breakdown.buckets()
    expect(len(set(names)) == len(names), f"{where} is in a bucket twice")
    expect(known is None or set(names) <= set(known), f"{where} is in a bucket that is not in buckets")
    for part in parts:
        _expect_part(breakdown, part, (gold, predicted))
    perfect = breakdown.parts(gold, replace(gold, relations=list(gold.relations)))
    expect(all(one == other for _, one, other in perfect), f"{where}: a perfect prediction is not perfect")
    alone = {
        name: part for name, part, _ in breakdown.parts(gold, replace(predicted, entities=[], relations=[]))
    }
    same = all(alone.get(name, gold.bare()).relations == one.relations for name, one, _ in parts)
    expect(same, f"{where}: the bucket of gold depends on the prediction")


def _expect_part(breakdown: Breakdown, part: Part, whole: tuple[Doc, Doc]) -> None:
    where = f"{named(breakdown)}: document {whole[0].id!r} in {part[0]!r}"
    for one, full in zip(part[1:], whole, strict=True):
        expect(one.words == full.words, f"{where} has other words")
        expect(one.entities == full.entities, f"{where} has other entities")
        left = [relation for relation in full.relations if relation in one.relations]
        expect(
            one.relations == left, f"{where} has relations that are not in the document, or in another order"
        )
        if breakdown.unit == "documents":
            expect(one.relations == full.relations, f"{where} is not whole")
