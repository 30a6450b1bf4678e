"""Labels: the entity and relation types of a model, in a fixed order."""

from collections.abc import Container, Iterable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from jointre.data.doc import Doc, Relation
from jointre.data.strict_read import load_json
from jointre.errors import DataError, Fault

Triple = tuple[str, str, str]
"""The types of head, relation and tail."""


@dataclass(frozen=True)
class Labels:
    """Types in the order of their class index; entity class 0 means "no entity" and is not listed.

    Args:
        entities: entity types; class index = position + 1.
        relations: relation types; column index = position. May be empty (entity-only corpora).
        symmetric: the relation types without direction; their head is the earlier entity.
        triples: the types of head, relation and tail that occur together in the training corpus; None if unknown.
    """

    entities: tuple[str, ...]
    relations: tuple[str, ...] = ()
    symmetric: frozenset[str] = frozenset()
    triples: frozenset[Triple] | None = None

    @classmethod
    def from_docs(cls, docs: Iterable[Doc], symmetric: Iterable[str] = ()) -> "Labels":
        """Return the types that occur in documents, sorted by name."""
        entities: set[str] = set()
        relations: set[str] = set()
        for doc in docs:
            entities.update(entity.label for entity in doc.entities)
            relations.update(relation.label for relation in doc.relations)
        return cls(tuple(sorted(entities)), tuple(sorted(relations)), frozenset(symmetric) & relations)

    def with_triples(self, docs: Iterable[Doc]) -> "Labels":
        """Return the same types with the ``triples`` of documents."""
        triples = frozenset(
            (doc.entities[relation.head].label, relation.label, doc.entities[relation.tail].label)
            for doc in docs
            for relation in doc.relations
        )
        return replace(self, triples=triples)

    def to_json(self) -> dict[str, Any]:
        """Return a JSON-ready dictionary that `from_json` reads back."""
        triples = (
            {} if self.triples is None else {"triples": [list(triple) for triple in sorted(self.triples)]}
        )
        return {
            "entities": list(self.entities),
            "relations": [{"label": label, "symmetric": label in self.symmetric} for label in self.relations],
            **triples,
        }

    @classmethod
    def from_json(cls, data: Any, where: str = "labels") -> "Labels":
        """Return labels from the output of `to_json` or from SpERT's types file; ``where`` names it in messages.

        Raises:
            DataError: with all faults of the value.
        """
        faults: list[Fault] = []
        entities = _names(data, "entities", where, faults)
        relations = _names(data, "relations", where, faults)
        if not entities and not faults:
            faults.append(Fault("there are no entity types", where, "name at least one in 'entities'"))
        triples = None if faults else _triples(data, dict(entities), dict(relations), where, faults)
        if faults:
            raise DataError(f"{where}: invalid types", faults)
        symmetric = frozenset(name for name, flags in relations if flags["symmetric"])
        names = tuple(name for name, _ in entities), tuple(name for name, _ in relations)
        return cls(*names, symmetric, triples)

    def canonical(self, doc: Doc) -> Doc:
        """Order the arguments of symmetric relations by word position.

        Of two entities with the same start, the shorter is the head, as in `merge_symmetric` with ``max``.
        """
        if not self.symmetric:
            return doc

        def order(relation: Relation) -> Relation:
            head, tail = doc.entities[relation.head], doc.entities[relation.tail]
            swap = (tail.start, tail.end) < (head.start, head.end)
            if relation.label in self.symmetric and swap:
                return replace(relation, head=relation.tail, tail=relation.head)
            return relation

        return replace(doc, relations=list(dict.fromkeys(order(relation) for relation in doc.relations)))


def load_types(path: str | Path) -> Labels:
    """Return the labels in a file: SpERT's types file, or ``labels.json`` as `Labels.to_json` writes it.

    SpERT's file maps each name to an object, and each relation's object says whether it is ``symmetric``.
    """
    return Labels.from_json(load_json(Path(path)), str(path))


Named = list[tuple[str, dict[str, Any]]]


def _names(data: Any, key: str, where: str, faults: list[Fault]) -> Named:
    """Return the types under ``key`` with their flags in file order; add what is wrong to ``faults``."""
    if not isinstance(data, dict) or not isinstance(data.get(key), dict | list):
        remedy = f"write {{{key!r}: ...}} with an object or a list, which may be empty for 'relations'"
        faults.append(Fault(f"there is no object or list {key!r}", where, remedy))
        return []
    found = list(data[key].items()) if isinstance(data[key], dict) else [_item(item) for item in data[key]]
    seen: set[str] = set()
    for name, flags in found:
        faults += [Fault(what, where, remedy) for what, remedy in _problems(key, name, flags)]
        if isinstance(name, str):
            if name in seen:
                faults.append(Fault(f"{key}: the type {name!r} is listed twice", where))
            seen.add(name)
    return found


def _item(item: Any) -> tuple[Any, Any]:
    """Return name and flags of a list item, which is a name or an object with a label."""
    return (item.get("label"), item) if isinstance(item, dict) else (item, {})


def _problems(key: str, name: Any, flags: Any) -> list[tuple[str, str]]:
    if not isinstance(name, str) or not name.strip():
        return [(f"{key}: {name!r} is not the name of a type", "a name is text that is not blank")]
    if key == "entities":
        return []
    if not isinstance(flags, dict) or "symmetric" not in flags:
        what = f"relation type {name!r} does not say whether it is symmetric"
        return [(what, 'add "symmetric": true or "symmetric": false')]
    if not isinstance(flags["symmetric"], bool):
        return [(f"relation type {name!r}: symmetric is {flags['symmetric']!r}", "write true or false")]
    return []


def _triples(
    data: Any, entities: Container[str], relations: Container[str], where: str, faults: list[Fault]
) -> frozenset[Triple] | None:
    """Return the triples of types, if there are any; add what is wrong to ``faults``."""
    given = data.get("triples") if isinstance(data, dict) else None
    if given is None:
        return None
    places = (entities, relations, entities)
    found = set[Triple]()
    for number, triple in enumerate(given if isinstance(given, list) else [given]):
        fits = isinstance(triple, list) and len(triple) == 3 and all(isinstance(name, str) for name in triple)
        if fits and all(name in known for name, known in zip(triple, places, strict=True)):
            found.add((triple[0], triple[1], triple[2]))
        else:
            what = f"triples[{number}] is not a list of an entity type, a relation type and an entity type"
            faults.append(Fault(what, where, "correct it, or leave 'triples' out"))
    return frozenset(found)
