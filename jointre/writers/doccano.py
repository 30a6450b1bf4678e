"""Write doccano's JSONL."""

from collections.abc import Iterable, Iterator
from typing import Any

from jointre.data.doc import Doc
from jointre.data.report import Report
from jointre.registry import registry
from jointre.writers.base import JsonLinesWriter
from jointre.writers.fit import as_text, only, own_id, without_keys

USED = ("id", "text", "data", "label", "labels", "entities", "relations", "annotations")


@registry.writers("jointre.doccano.v1")
class DoccanoWriter(JsonLinesWriter):
    """Writes records with ``text``, ``entities`` and ``relations``, which a doccano project with relations imports."""

    reader = "jointre.doccano.v1"

    def __init__(self) -> None:
        pass

    def fit(self, docs: Iterable[Doc], report: Report) -> Iterator[Doc]:
        """Yield documents with a text."""
        for doc in docs:
            yield without_keys(only(as_text(doc, report), report, "id", "meta"), USED, report)

    def records(self, doc: Doc) -> Iterable[Any]:
        """Return the record of a document; ids count its entities and relations."""
        entities = []
        for row, entity in enumerate(doc.entities):
            start, end = doc.characters(entity) or entity.extent
            entities.append({"id": row, "label": entity.label, "start_offset": start, "end_offset": end})
        relations = [
            {"id": row, "from_id": r.head, "to_id": r.tail, "type": r.label}
            for row, r in enumerate(doc.relations)
        ]
        named = {"id": own_id(doc)} if own_id(doc) else {}
        yield {**named, "text": doc.text, "entities": entities, "relations": relations, **doc.meta}
