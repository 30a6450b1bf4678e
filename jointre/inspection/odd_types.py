"""Find types that training rarely or never sees."""

from collections.abc import Iterator, Mapping, Sequence

from jointre.console import number_of
from jointre.data.doc import Doc
from jointre.data.labels import Labels
from jointre.data.report import first_few
from jointre.inspection.counts import Counts
from jointre.inspection.findings import Case, Finding, Splits, describe, place

RARE = 10  # a type with fewer examples in training is rare


def odd_types(splits: Splits, counts: Mapping[str, Counts], labels: Labels) -> Iterator[Finding]:
    """Find types that are unseen in training, types that occur nowhere, and rare types."""
    yield from _unseen(splits, counts)
    for kind in ("entity", "relation"):
        used = {split: types_of(found, kind) for split, found in counts.items()}
        nowhere = [label for label in known(labels, kind) if not any(found[label] for found in used.values())]
        if nowhere:
            what = f"{number_of(len(nowhere), f'{kind} type')} declared, but without an example: {first_few(nowhere)}"
            yield Finding("unused", "labels", what, len(nowhere))
    for kind in ("entity", "relation"):
        yield from _rare(splits["train"], types_of(counts["train"], kind), kind)


def _unseen(splits: Splits, counts: Mapping[str, Counts]) -> Iterator[Finding]:
    for kind in ("entity", "relation"):
        trained = types_of(counts["train"], kind)
        for split in [name for name in splits if name != "train"]:
            for label, times in types_of(counts[split], kind).items():
                if times and not trained[label]:
                    what = f"{kind} type {label!r} occurs {times}x, but never in train"
                    yield Finding("unseen", split, what, times, uses(split, splits[split], kind, label))


def _rare(docs: Sequence[Doc], trained: Mapping[str, int], kind: str) -> Iterator[Finding]:
    rare = {label: times for label, times in trained.items() if 0 < times < RARE}
    if rare:
        listed = first_few([f"{label} ({times})" for label, times in rare.items()])
        what = f"{number_of(len(rare), f'{kind} type')} with fewer than {RARE} examples: {listed}"
        places = [use for label in rare for use in uses("train", docs, kind, label)]
        yield Finding("rare", "train", what, len(rare), places)


def known(labels: Labels, kind: str) -> Sequence[str]:
    """Return the entity or relation types of the labels."""
    return labels.entities if kind == "entity" else labels.relations


def types_of(counts: Counts, kind: str) -> Mapping[str, int]:
    """Return the number of occurrences of each entity or relation type."""
    return counts.entity_types if kind == "entity" else counts.relation_types


def uses(split: str, docs: Sequence[Doc], kind: str, label: str) -> list[Case]:
    """Return the places of the entities or relations of a type."""
    return [
        place(split, number, doc, describe(doc, item))
        for number, doc in enumerate(docs)
        for item in (doc.entities if kind == "entity" else doc.relations)
        if item.label == label
    ]
