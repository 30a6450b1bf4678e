"""Convert documents to records: the standard form of `docs/data-formats.md`, and SpERT's."""

from typing import Any

from jointre.data.doc import Doc, Entity, Relation
from jointre.data.raw_text import split_words
from jointre.data.validate import check_offsets
from jointre.errors import DataError
from jointre.printable import dump_json

STANDARD_KEYS = ("id", "text", "words", "tokens", "sentences", "entities", "relations", "_meta")


def to_jsonl(doc: Doc) -> dict[str, Any]:
    """Return the standard form of a document, which `jointre.jsonl.v1` reads back as an equal document.

    Offsets count characters if the document has a text, else words. ``sentences`` are written if they are known, with
    the sentences of each relation (``evidence``; see `Doc.evidence`). ``score`` is written if there is one, ``words``
    only if they differ from those of `split_words`. The items of ``meta`` are written next to these keys, or under
    ``_meta`` if one of them has the same name.
    """
    if faults := check_offsets(doc, doc.id):
        raise DataError("the document cannot be written", faults)
    record: dict[str, Any] = {"id": doc.id} if doc.id else {}
    if doc.text is not None and doc.offsets is not None:
        record["text"] = doc.text
        if [tuple(word) for word in doc.offsets] != split_words(doc.text):
            record["words"] = [list(word) for word in doc.offsets]
    else:
        record["tokens"] = list(doc.words)
    if doc.sentences is not None:
        record["sentences"] = [list(_of_words(doc, start, end)) for start, end in doc.sentences]
    record["entities"] = [_entity(doc, entity) for entity in doc.entities]
    record["relations"] = [_relation(doc, relation) for relation in doc.relations]
    clash = any(key in STANDARD_KEYS for key in doc.meta)
    return {**record, "_meta": doc.meta} if clash else {**record, **doc.meta}


def _entity(doc: Doc, entity: Entity) -> dict[str, Any]:
    start, end = doc.characters(entity) or entity.extent
    record = {"start": start, "end": end, "label": entity.label, "text": doc.surface(entity)}
    return _scored(record, entity)


def _relation(doc: Doc, relation: Relation) -> dict[str, Any]:
    record: dict[str, Any] = {"head": relation.head, "tail": relation.tail, "label": relation.label}
    if (evidence := doc.evidence(relation)) is not None:
        record["evidence"] = list(evidence)
    return _scored(record, relation)


def _of_words(doc: Doc, start: int, end: int) -> tuple[int, int]:
    """Return words ``[start, end)`` in the unit of the record: characters if the document has a text."""
    return (start, end) if doc.offsets is None else (doc.offsets[start][0], doc.offsets[end - 1][1])


def _scored(record: dict[str, Any], item: Entity | Relation) -> dict[str, Any]:
    return record if item.score is None else {**record, "score": float(item.score)}


def to_line(doc: Doc) -> str:
    """Return the standard form as one line of JSON, without the line end."""
    return dump_json(to_jsonl(doc), allow_nan=False)


def to_spert(doc: Doc) -> dict[str, Any]:
    """Return SpERT's prediction format: entities sorted by start and end, relations by head and tail; no scores."""
    order = sorted(range(len(doc.entities)), key=lambda row: (doc.entities[row].start, doc.entities[row].end))
    new_row = {old: new for new, old in enumerate(order)}
    relations = [
        {"type": relation.label, "head": new_row[relation.head], "tail": new_row[relation.tail]}
        for relation in doc.relations
    ]
    return {
        "tokens": list(doc.words),
        "entities": [
            {"type": doc.entities[row].label, "start": doc.entities[row].start, "end": doc.entities[row].end}
            for row in order
        ],
        "relations": sorted(relations, key=lambda r: (r["head"], r["tail"])),
    }
