"""Write sentences with triples: CasRel's, TPLinker's and DuIE's JSON."""

from collections.abc import Callable, Iterable, Iterator
from typing import Any, Literal

from jointre.data.doc import Doc, Entity
from jointre.data.report import Report
from jointre.named import text_of
from jointre.printable import dump_json
from jointre.readers.base_pairs import ENTITY
from jointre.readers.triple_forms import UNTYPED
from jointre.registry import registry
from jointre.writers.base_triples import TripleWriter
from jointre.writers.fit import Level, own_id, with_labels_as

Form = Literal["triple_list", "relation_list", "spo_list"]
USED = ("id", "text", "tokens", "sentText", "entities", "entity_list", "relationMentions", "triples")


@registry.writers("jointre.triples.v1")
class TriplesWriter(TripleWriter):
    """Writes a line for each sentence, with its text and its triples.

    ``triple_list`` has ``[subject, relation, object]`` (CasRel). ``spo_list`` has objects with ``subject``,
    ``predicate``, ``object`` and the types of both entities (DuIE). ``relation_list`` also has the characters of both,
    and ``entity_list`` has all entities with their types (TPLinker); it is the only one that says where entities are.

    Args:
        form: "triple_list", "relation_list" or "spo_list".
        no_relation: the label for "no relation".
        level: "sentence" writes a record per sentence; "document" keeps documents whole.
    """

    reader = "jointre.triples.v1"
    ending = ".jsonl"
    used = (*USED, "triple_list", "relation_list", "spo_list", "spo_details")

    def __init__(
        self, form: Form = "triple_list", no_relation: str = "None", level: Level = "sentence"
    ) -> None:
        super().__init__(no_relation, level)
        self.form: Form = form
        self.has_types = form != "triple_list"
        self.has_spans = form == "relation_list"
        self.reader = f"{self.reader}:no_relation={text_of(no_relation)}"

    def clean(self, doc: Doc, report: Report) -> Doc:
        """Return the document without the type that means "no type" in TPLinker's format."""
        if self.form != "relation_list" or all(entity.label != UNTYPED for entity in doc.entities):
            return doc
        return with_labels_as(doc, lambda label: ENTITY if label == UNTYPED else label, report)

    def record(self, doc: Doc) -> dict[str, Any]:
        """Return the record of a sentence."""
        one: Callable[[Doc, Entity, Entity, str], Any]
        one = {"triple_list": _listed, "spo_list": spo, "relation_list": _placed}[self.form]
        rows = [one(doc, doc.entities[r.head], doc.entities[r.tail], r.label) for r in doc.relations]
        named = {"id": own_id(doc)} if own_id(doc) else {}
        record = {**named, "text": doc.text, self.form: rows}
        if self.form == "relation_list":
            record["entity_list"] = [
                {"text": doc.surface(entity), "type": entity.label, "char_span": list(_span(entity))}
                for entity in doc.entities
            ]
        return {**record, **doc.meta}

    def pieces(self, docs: Iterable[Doc]) -> Iterator[str]:
        """Yield the lines."""
        for doc in docs:
            yield dump_json(self.record(doc), allow_nan=False) + "\n"


def _listed(doc: Doc, head: Entity, tail: Entity, label: str) -> list[str]:
    return [doc.surface(head), label, doc.surface(tail)]


def spo(doc: Doc, head: Entity, tail: Entity, label: str) -> dict[str, Any]:
    """Return a triple as an object with the types of its entities."""
    types = {"subject_type": head.label, "object_type": tail.label}
    return {"subject": doc.surface(head), "predicate": label, "object": doc.surface(tail), **types}


def _placed(doc: Doc, head: Entity, tail: Entity, label: str) -> dict[str, Any]:
    spans = {"subj_char_span": list(_span(head)), "obj_char_span": list(_span(tail))}
    return {"subject": doc.surface(head), "predicate": label, "object": doc.surface(tail), **spans}


def _span(entity: Entity) -> tuple[int, int]:
    return entity.start_char or 0, entity.end_char or 0
