"""Parse one JSON record into one document; the JSON readers share this."""

import warnings
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from jointre.data.doc import Doc, Entity
from jointre.data.raw_text import check_characters, doc_from_text
from jointre.data.report import Report
from jointre.data.validate import (
    INVISIBLE,
    WORDLESS,
    check_doc,
    check_entities,
    check_relations,
    check_unicode,
    count_blank,
    merge_duplicates,
)
from jointre.errors import DataError, Fault
from jointre.place import NOWHERE, Place
from jointre.readers.fields import Fields, Form, kind
from jointre.readers.quotes import Quotes, of_characters, of_words, shown
from jointre.readers.records import Record

STANDARD = Form("label", "type", "jointre.spert_json.v1")


def parse_record(record: Record, form: Form, report: Report) -> Doc | None:
    """Return the document of a record, checked and without duplicates, or None with faults in ``report``."""
    fields = Fields(record, form, report)
    doc = _build(fields)
    if doc is not None and not fields.faults:
        fields.faults += check_doc(doc, record.where)
    if doc is not None and not fields.faults:
        doc = merge_duplicates(doc, report, record.where)
        doc.where = record.where
        fields.faults += check_relations(doc.relations, len(doc.entities), record.where)
        count_blank(doc.words, report, record.where)
    report.faults.extend(fields.faults)
    return None if fields.faults else doc


def from_dict(value: Mapping[str, Any]) -> Doc:
    """Return the document of a record in the standard form; a warning says what was repaired.

    Raises:
        DataError: with all faults of the record.
    """
    report = Report()
    doc = parse_record(Record(Place("record"), "", dict(value)), STANDARD, report)
    if doc is None:
        raise DataError("the record cannot be used", report.faults)
    for count in report.counts:
        if count.what not in (WORDLESS, INVISIBLE):
            warnings.warn(str(count), stacklevel=3)
    return replace(doc, where=NOWHERE)


def _build(fields: Fields) -> Doc | None:
    value = fields.value
    if not isinstance(value, dict):
        fields.fault(f"a document is an object {{...}}, not {kind(value)}")
        return None
    text, tokens = value.get("text"), value.get("tokens")
    if (text is None) == (tokens is None):
        found = "neither 'text' nor 'tokens'" if text is None else "both 'text' and 'tokens'"
        remedy = "give text with offsets in characters, or tokens with offsets in words"
        fields.fault(f"a document with {found}", remedy)
        return None
    if text is None:
        return _with_sentences(fields, from_tokens(fields, {"tokens", "text", "sentences"}))
    if not isinstance(text, str):
        fields.fault(f"'text' is {kind(text)}, not a string")
        return None
    return _from_text(fields, text)


def from_tokens(fields: Fields, used: set[str]) -> Doc | None:
    """Return a document with given words; ``used`` are the keys that do not go into its meta."""
    words, where = fields.tokens(), fields.where
    entities, relations, name = fields.entities(), fields.relations(), fields.id(fields.record.id)
    if words is not None:
        fields.faults += check_entities(entities, len(words), where)
        _compare(fields, entities, of_words(words), "words")
    fields.faults += check_relations(relations, len(entities), where)
    if words is None or fields.faults:
        return None
    return Doc(words, _all(entities), _all(relations), id=name, meta=_meta(fields, used))


def _from_text(fields: Fields, text: str) -> Doc | None:
    where = fields.where
    words = fields.word_offsets(len(text))
    entities, relations, name = fields.entities(), fields.relations(), fields.id(fields.record.id)
    fields.faults += check_unicode([text], where) + check_characters(text, entities, where)
    fields.faults += check_relations(relations, len(entities), where)
    _compare(fields, entities, of_characters(text), "characters")
    if fields.faults:
        return None
    try:
        doc = doc_from_text(
            text, _all(entities), _all(relations), words=words, where=where, report=fields.report
        )
    except DataError as error:
        fields.faults += error.faults
        return None
    doc.id, doc.meta = name, _meta(fields, {"text", "tokens", "words", "sentences"})
    return _with_sentences(fields, doc)


def _with_sentences(fields: Fields, doc: Doc | None) -> Doc | None:
    if doc is not None:
        doc.sentences = fields.sentences(doc)
    return doc


def _compare(fields: Fields, entities: Sequence[Entity | None], quotes: Quotes, unit: str) -> None:
    """Check that each quoted entity matches the text at its offsets; this finds offsets in other units."""
    items = fields.value["entities"] if entities else []
    for index, (entity, item) in enumerate(zip(entities, items, strict=True)):
        quoted = item.get("text") if isinstance(item, dict) else None
        if entity is None or not isinstance(quoted, str) or not 0 <= entity.start < entity.end:
            continue
        if not quotes.agree(entity.start, entity.end, quoted):
            there = shown(quotes.surface(entity.start, entity.end))
            what = f"entity {index} quotes {shown(quoted)}, but {entity.start} to {entity.end} is {there}"
            remedy = f"offsets count {unit} from 0, and the end is exclusive"
            fields.faults.append(Fault(what, fields.where, remedy))


def _meta(fields: Fields, used: set[str]) -> dict[str, Any]:
    """Return all keys of the record that jointre does not use."""
    meta = fields.rest(used | {"id", "entities", "relations"})
    if isinstance(meta.get("_meta"), dict):
        meta |= meta.pop("_meta")
    return meta


def _all(items: Sequence[Any]) -> list[Any]:
    return [item for item in items if item is not None]
