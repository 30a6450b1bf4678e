"""Labels: the entity and relation types of a model, in a fixed order."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any

from jointre.data.doc import Doc, Relation


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
            "relations": [
                {"label": label, "symmetric": label in self.symmetric} for label in self.relations
            ],
        }

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> "Labels":
        """Restore labels written by `to_json`."""
        relations = data["relations"]
        return cls(
            tuple(data["entities"]),
            tuple(item["label"] for item in relations),
            frozenset(item["label"] for item in relations if item["symmetric"]),
        )

    def canonical(self, doc: Doc) -> Doc:
        """Order the arguments of symmetric relations by word position (SpERT specification, section 1)."""
        if not self.symmetric:
            return doc

        def order(relation: Relation) -> Relation:
            swap = doc.entities[relation.tail].start < doc.entities[relation.head].start
            if relation.label in self.symmetric and swap:
                return replace(relation, head=relation.tail, tail=relation.head)
            return relation

        return replace(doc, relations=list(dict.fromkeys(order(relation) for relation in doc.relations)))
