"""Triples of a document, and the classes of sentences by their triples (REDN, Section 4.3)."""

from collections.abc import Collection, Hashable, Sequence
from typing import Literal, NamedTuple

from jointre.data.doc import Doc, Entity

Identity = Literal["mention", "surface"]
Repeated = Literal["keep", "drop"]
NO_RELATION = ("NA", "Other", "None")  # labels of the class "no relation"
OVERLAP_CLASSES = ("Normal", "EPO", "SEO")
COUNT_CLASSES = ("Single", "Double", "Multiple")


class Triple(NamedTuple):
    """Head, tail and type; equal heads or tails are the same argument."""

    head: Hashable
    tail: Hashable
    label: str


class Strings(NamedTuple):
    """A triple as published in its corpus."""

    head: str
    label: str
    tail: str


def triples_of(
    doc: Doc,
    identity: Identity = "mention",
    repeated: Repeated = "keep",
    no_relation: Sequence[str] = NO_RELATION,
) -> list[Triple]:
    """Return the triples of a document.

    Args:
        doc: the document.
        identity: which arguments are the same. "mention": those with the same span and type. "surface": those with the
            same text; the triples are then the `published` ones if the document has them, else its relations.
        repeated: whether duplicate triples count.
        no_relation: labels of relations that are left out.
    """
    strings = published(doc) if identity == "surface" else None
    if strings is not None:
        every = [Triple(" ".join(one.head.split()), " ".join(one.tail.split()), one.label) for one in strings]
    else:
        arguments = [_argument(doc, entity, identity) for entity in doc.entities]
        every = [Triple(arguments[r.head], arguments[r.tail], r.label) for r in doc.relations]
    found = [triple for triple in every if triple.label not in no_relation]
    return list(dict.fromkeys(found)) if repeated == "drop" else found


def published(doc: Doc) -> list[Strings] | None:
    """Return the published triples in ``meta["triples"]`` (head, type, tail), or None if there are none."""
    rows = doc.meta.get("triples")
    if not isinstance(rows, list):
        return None
    sound = all(
        isinstance(row, list | tuple) and len(row) == 3 and all(isinstance(x, str) for x in row)
        for row in rows
    )
    return [Strings(*row) for row in rows] if sound else None


def overlap_classes(triples: Sequence[Triple]) -> list[str]:
    """Return Normal; or EPO (entity pair overlap), SEO (single entity overlap), or both.

    Pairs are ordered: two relations in opposite directions are not EPO. A duplicate triple is EPO. A sentence without
    triples is Normal.
    """
    pairs = [(triple.head, triple.tail) for triple in triples]
    if _all_apart(pairs):
        return ["Normal"]
    distinct = set(pairs)
    holds = (False, len(distinct) < len(pairs), not _all_apart(distinct))
    return [name for name, held in zip(OVERLAP_CLASSES, holds, strict=True) if held]


def count_classes(triples: Sequence[Triple]) -> list[str]:
    """Return Single, Double or Multiple (three and more); nothing for a sentence without triples."""
    return [COUNT_CLASSES[min(len(triples), 3) - 1]] if triples else []


def _argument(doc: Doc, entity: Entity, identity: Identity) -> Hashable:
    if identity == "surface":
        return " ".join(doc.words[entity.start : entity.end])
    return entity.start, entity.end, entity.label


def _all_apart(pairs: Collection[tuple[Hashable, Hashable]]) -> bool:
    """Return whether no argument occurs twice."""
    return len({argument for pair in pairs for argument in pair}) == 2 * len(pairs)
