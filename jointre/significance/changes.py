"""Find the documents that changed from one system to the other, and what was gained and lost in each."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, get_args

from jointre.data.doc import Doc
from jointre.metrics.counts import Item
from jointre.metrics.matching import MatchingMetric

Kind = Literal["gained", "lost", "new false", "gone false"]
KINDS: tuple[Kind, ...] = get_args(Kind)


@dataclass(frozen=True)
class Change:
    """An item that only one of the systems predicts.

    Args:
        kind: ``gained`` and ``lost`` are correct items that only B and only A predicts, ``new false`` and ``gone
            false`` are wrong items.
        metric: the name of the metric that counts it.
        item: a tuple of `MatchingMetric.items`.
        runs: number of pairs of runs in which this happens.
    """

    kind: Kind
    metric: str
    item: Item
    runs: int


@dataclass(frozen=True)
class ChangedDoc:
    """A gold document on which the systems differ; ``number`` counts from 0."""

    number: int
    doc: Doc
    changes: tuple[Change, ...]


def changed_docs(
    gold: Sequence[Doc],
    a: Sequence[Sequence[Doc]],
    b: Sequence[Sequence[Doc]],
    metrics: Mapping[str, MatchingMetric],
) -> list[ChangedDoc]:
    """Return the documents on which A and B differ, those with most changes first.

    Args:
        gold: the documents.
        a, b: the predictions of the two systems, one list per run, with paired runs.
        metrics: by name.
    """
    found = []
    for number, doc in enumerate(gold):
        pairs = [(before[number], after[number]) for before, after in zip(a, b, strict=True)]
        changes = [
            change for name, metric in metrics.items() for change in _changes(name, metric, doc, pairs)
        ]
        if changes:
            found.append(ChangedDoc(number, doc, tuple(changes)))
    return sorted(found, key=lambda changed: (-sum(c.runs for c in changed.changes), changed.number))


def totals(changed: Sequence[ChangedDoc], metric: str) -> dict[Kind, int]:
    """Return how many items of a metric changed in each way, added up over runs."""
    every = [change for doc in changed for change in doc.changes if change.metric == metric]
    return {kind: sum(change.runs for change in every if change.kind == kind) for kind in KINDS}


def _changes(name: str, metric: MatchingMetric, gold: Doc, pairs: Sequence[tuple[Doc, Doc]]) -> list[Change]:
    counted: Counter[tuple[Kind, Item]] = Counter()
    for one, other in pairs:
        (wanted, before), (_, after) = metric.sides(gold, one), metric.sides(gold, other)
        counted.update(("gained" if item in wanted else "new false", item) for item in after - before)
        counted.update(("lost" if item in wanted else "gone false", item) for item in before - after)
    order = sorted(counted.items(), key=lambda entry: (KINDS.index(entry[0][0]), _place(entry[0][1])))
    return [Change(kind, name, item, runs) for (kind, item), runs in order]


def _place(item: Item) -> list[str]:
    """Return a sort key for any item: text order, if its parts are pairs of numbers."""
    return [str(part).rjust(16) for part in (*item[1:], item[0])]
