"""Write Prodigy's JSONL."""

from collections.abc import Iterable, Iterator
from typing import Any

from jointre.data.doc import Doc, Entity
from jointre.data.report import Report
from jointre.registry import registry
from jointre.writers.base import JsonLinesWriter
from jointre.writers.fit import as_text, by_span, only, own_id, without_keys

USED = ("id", "text", "tokens", "spans", "relations", "answer", "entities")


@registry.writers("jointre.prodigy.v1")
class ProdigyWriter(JsonLinesWriter):
    """Writes records with ``text``, ``tokens``, ``spans`` and ``relations``, the input of Prodigy's ``rel.manual``."""

    reader = "jointre.prodigy.v1"

    def __init__(self) -> None:
        pass

    def fit(self, docs: Iterable[Doc], report: Report) -> Iterator[Doc]:
        """Yield documents with a text and words, each relation between the first types of its spans."""
        for doc in docs:
            held = by_span(as_text(doc, report, keep_words=True), report)
            yield without_keys(only(held, report, "id", "meta"), USED, report)

    def records(self, doc: Doc) -> Iterable[Any]:
        """Return the record of a document."""
        offsets = doc.offsets or []
        text = doc.text or ""
        tokens = [
            {
                "text": text[start:end],
                "start": start,
                "end": end,
                "id": number,
                "ws": text[end : end + 1] == " ",
            }
            for number, (start, end) in enumerate(offsets)
        ]
        spans = [_span(doc, entity) for entity in doc.entities]
        relations = [
            {
                "head": spans[r.head]["token_end"],
                "child": spans[r.tail]["token_end"],
                "head_span": spans[r.head],
                "child_span": spans[r.tail],
                "label": r.label,
            }
            for r in doc.relations
        ]
        named = {"id": own_id(doc)} if own_id(doc) else {}
        record = {"text": text, "tokens": tokens, "spans": spans, "relations": relations}
        yield {**named, **record, **doc.meta, "answer": "accept"}


def _span(doc: Doc, entity: Entity) -> dict[str, Any]:
    start, end = doc.characters(entity) or entity.extent
    last = {"token_start": entity.start, "token_end": entity.end - 1}
    return {"start": start, "end": end, **last, "label": entity.label}
