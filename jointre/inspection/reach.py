"""Find gold annotation that the configured model can never predict, by reason."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate, pairwise

from jointre.console import part_of
from jointre.data.doc import Doc, Entity, Relation
from jointre.data.segments import homes
from jointre.inspection.findings import Case, Finding, describe, place
from jointre.models.base import Model, Unreachable
from jointre.segmenters import SENTENCES, Segmenter

ACROSS = "lies in two segments that the model reads separately"
APART = "arguments in two segments that the model reads separately"


@dataclass(frozen=True)
class Reach:
    """Numbers of entities and relations of a corpus that can never be predicted, by reason."""

    entities: dict[str, int]
    relations: dict[str, int]


def reach(
    split: str,
    docs: Sequence[Doc],
    model: Model,
    skipped: Mapping[int, str] | None = None,
    segmenter: Segmenter = SENTENCES,
) -> tuple[Reach, list[Finding]]:
    """Return what can never be predicted in a corpus.

    Args:
        split: name of the corpus.
        docs: its documents.
        model: the model; it need not be built.
        skipped: the reason for each document that the model never sees, by number.
        segmenter: decides what the model reads at once.
    """
    entities: dict[str, list[Case]] = {}
    relations: dict[str, list[Case]] = {}
    n_entities = n_relations = 0
    for number, doc in enumerate(docs):
        n_entities, n_relations = n_entities + len(doc.entities), n_relations + len(doc.relations)
        reason = (skipped or {}).get(number)
        found = unreachable(doc, model, segmenter) if reason is None else _whole(doc, reason)
        _collect(entities, split, number, doc, zip(doc.entities, found.entities, strict=True))
        _collect(relations, split, number, doc, zip(doc.relations, found.relations, strict=True))
    findings = [
        *_findings(split, "entity", n_entities, entities),
        *_findings(split, "relation", n_relations, relations),
    ]
    return Reach(_counts(entities), _counts(relations)), findings


def unreachable(doc: Doc, model: Model, segmenter: Segmenter = SENTENCES) -> Unreachable:
    """Return what the model cannot predict, and what no model can: entities that are no sequence of words."""
    inside = [None if entity.chars is None else "begins or ends inside a word" for entity in doc.entities]
    found = _of_segments(doc, model, segmenter.segments(doc))
    entities = [one or other for one, other in zip(inside, found.entities, strict=True)]
    relations = [
        f"argument {reason}" if (reason := inside[relation.head] or inside[relation.tail]) else other
        for relation, other in zip(doc.relations, found.relations, strict=True)
    ]
    return Unreachable(entities, relations)


def _of_segments(doc: Doc, model: Model, segments: Sequence[Doc]) -> Unreachable:
    """Return what the model cannot predict in segments, and the annotation that lies in none of them."""
    if len(segments) == 1:
        return model.unreachable(doc)
    ends = list(accumulate(len(segment.words) for segment in segments))
    home = homes(doc, list(pairwise([0, *ends])))
    found = [model.unreachable(segment) for segment in segments]
    entities, relations = ([iter(reasons) for reasons in kind] for kind in zip(*found, strict=True))
    return Unreachable(
        [ACROSS if segment is None else next(entities[segment]) for segment in home.entities],
        [APART if segment is None else next(relations[segment]) for segment in home.relations],
    )


def _whole(doc: Doc, reason: str) -> Unreachable:
    return Unreachable([reason] * len(doc.entities), [reason] * len(doc.relations))


def _collect(
    places: dict[str, list[Case]],
    split: str,
    number: int,
    doc: Doc,
    items: Iterator[tuple[Entity | Relation, str | None]],
) -> None:
    for item, reason in items:
        if reason is not None:
            places.setdefault(reason, []).append(place(split, number, doc, describe(doc, item)))


def _findings(split: str, kind: str, total: int, places: Mapping[str, list[Case]]) -> Iterator[Finding]:
    for reason, found in places.items():
        what = f"{part_of(len(found), total, kind)} can never be predicted: {reason}"
        yield Finding("unreachable", split, what, len(found), found)


def _counts(places: Mapping[str, list[Case]]) -> dict[str, int]:
    return {reason: len(found) for reason, found in places.items()}
