"""The contract of breakdowns."""

from copy import deepcopy
from dataclasses import replace
from typing import get_args

from jointre.breakdowns.base import Breakdown, Part, Unit
from jointre.data.doc import Doc, Relation
from jointre.testing.asserts import expect, named
from jointre.testing.toy import toy_docs


def check_breakdown(breakdown: Breakdown) -> None:
    """Buckets with names; whole documents or all entities; gold and prediction divided alike; nothing kept."""
    what = named(breakdown)
    expect(breakdown.unit in get_args(Unit), f"{what}: unit is {breakdown.unit!r}")
    expect(isinstance(breakdown.title, str) and breakdown.title, f"{what}: title is no text")
    names = breakdown.buckets()
    if names is not None:
        expect(names and all(isinstance(n, str) and n for n in names), f"{what}: a bucket has no name")
        expect(len(set(names)) == len(names), f"{what}: two buckets have one name")
        expect(list(breakdown.buckets() or ()) == list(names), f"{what}.buckets changes")
    for gold in toy_docs():
        poor = replace(gold, entities=gold.entities[::-1], relations=_reversed(gold)[:1])
        _expect_parts(breakdown, gold, poor)


def _reversed(doc: Doc) -> list[Relation]:
    """The relations of a document whose entities stand in the opposite order."""
    last = len(doc.entities) - 1
    return [replace(r, head=last - r.head, tail=last - r.tail) for r in doc.relations]


def _expect_parts(breakdown: Breakdown, gold: Doc, predicted: Doc) -> None:
    what, where = named(breakdown), f"{named(breakdown)}: document {gold.id!r}"
    kept = deepcopy((gold, predicted))
    parts = list(breakdown.parts(gold, predicted))
    expect((gold, predicted) == kept, f"{what} changes the documents it is given")
    expect(list(breakdown.parts(gold, predicted)) == parts, f"{what} divides otherwise the second time")
    names = [name for name, _, _ in parts]
    known = breakdown.buckets()
    expect(len(set(names)) == len(names), f"{where} is twice in one bucket")
    expect(known is None or set(names) <= set(known), f"{where} is in a bucket that buckets does not name")
    for part in parts:
        _expect_part(breakdown, part, (gold, predicted))
    perfect = breakdown.parts(gold, replace(gold, relations=list(gold.relations)))
    expect(all(one == other for _, one, other in perfect), f"{where}: a perfect prediction is not perfect")
    alone = {
        name: part for name, part, _ in breakdown.parts(gold, replace(predicted, entities=[], relations=[]))
    }
    same = all(alone.get(name, gold.bare()).relations == one.relations for name, one, _ in parts)
    expect(same, f"{where}: the prediction decides where gold belongs")


def _expect_part(breakdown: Breakdown, part: Part, whole: tuple[Doc, Doc]) -> None:
    where = f"{named(breakdown)}: document {whole[0].id!r} in {part[0]!r}"
    for one, full in zip(part[1:], whole, strict=True):
        expect(one.words == full.words, f"{where} has other words")
        expect(one.entities == full.entities, f"{where} has other entities")
        left = [relation for relation in full.relations if relation in one.relations]
        expect(
            one.relations == left, f"{where} has relations that are not of the document, or in another order"
        )
        if breakdown.unit == "documents":
            expect(one.relations == full.relations, f"{where} is not whole")
