"""Labels: the entity and relation types of a model, in a fixed order."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from jointre.data.doc import Doc, Relation
from jointre.data.strict_read import load_json
from jointre.errors import DataError, Fault


@dataclass(frozen=True)
class Labels:
    """Types in the order of their class index; entity class 0 means "no entity" and has no name here.

    Args:
        entities: entity types; class index = position + 1.
        relations: relation types; column index = position. May be empty (entity-only corpora).
        symmetric: the relation types without direction; gold keeps the earlier entity as head.
    """

    entities: tuple[str, ...]
    relations: tuple[str, ...] = ()
    symmetric: frozenset[str] = frozenset()

    @classmethod
    def from_docs(cls, docs: Iterable[Doc], symmetric: Iterable[str] = ()) -> "Labels":
        """Collect the types that occur, sorted by name."""
        entities: set[str] = set()
        relations: set[str] = set()
        for doc in docs:
            entities.update(entity.label for entity in doc.entities)
            relations.update(relation.label for relation in doc.relations)
        return cls(tuple(sorted(entities)), tuple(sorted(relations)), frozenset(symmetric) & relations)

    def to_json(self) -> dict[str, Any]:
        """A JSON-ready dictionary; `from_json` restores it."""
        return {
            "entities": list(self.entities),
            "relations": [{"label": label, "symmetric": label in self.symmetric} for label in self.relations],
        }

    @classmethod
    def from_json(cls, data: Any, where: str = "labels") -> "Labels":
        """Labels from what `to_json` wrote or from SpERT's types file; ``where`` names it in messages.

        Raises:
            DataError: with everything that is wrong with it.
        """
        faults: list[Fault] = []
        entities = _names(data, "entities", where, faults)
        relations = _names(data, "relations", where, faults)
        if not entities and not faults:
            faults.append(Fault("there are no entity types", where, "name at least one in 'entities'"))
        if faults:
            raise DataError(f"{where}: these types cannot be used", faults)
        symmetric = frozenset(name for name, flags in relations if flags["symmetric"])
        return cls(tuple(name for name, _ in entities), tuple(name for name, _ in relations), symmetric)

    def canonical(self, doc: Doc) -> Doc:
        """Return the document with the arguments of symmetric relations in the order of their words.

        Of two entities with one start the shorter is the head, as `merge_symmetric` with ``max`` orders them.
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
    """Labels from a file: SpERT's types file, or the ``labels.json`` form of `Labels.to_json`.

    SpERT's file maps each name to an object, and each relation's object says whether it is ``symmetric``.
    """
    return Labels.from_json(load_json(Path(path)), str(path))


Named = list[tuple[str, dict[str, Any]]]


def _names(data: Any, key: str, where: str, faults: list[Fault]) -> Named:
    """The types under ``key``, each with its flags, in file order; what is wrong goes to ``faults``."""
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
                faults.append(Fault(f"{key}: the type {name!r} stands there twice", where))
            seen.add(name)
    return found


def _item(item: Any) -> tuple[Any, Any]:
    """A list item is a name, or an object with a label."""
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
