"""JSON with labelled spans under the keys of many tools, such as ``spans``, read as the standard form."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from jointre.data.doc import Doc
from jointre.data.report import Report
from jointre.errors import Fault
from jointre.limits import InputPath
from jointre.readers.base_corpus import CorpusReader
from jointre.readers.ends import Ends, ask_about_ends, exclusive
from jointre.readers.fields import renamed
from jointre.readers.foreign_keys import names_a_corpus
from jointre.readers.head import Head
from jointre.readers.jsonl import GOLD_KEYS
from jointre.readers.parse_record import STANDARD, parse_record
from jointre.readers.prodigy import is_prodigy
from jointre.readers.records import Record
from jointre.registry import registry

KEYS = ("spans", "ents", "annotations", "entities")
STARTS = ("start", "begin", "start_char", "startOffset")
ENDS = ("end", "stop", "end_char", "endOffset")
LABELS = ("label", "type", "tag", "entity", "entity_type", "category", "labels")


@registry.readers("jointre.spans_json.v1")
class SpansJsonReader(CorpusReader):
    """Reads ``text`` or ``tokens`` and a list of spans with ``start``, ``end`` and ``label``; ends are exclusive.

    The list is under ``spans``, ``ents`` or ``annotations``. A span is an object, whose keys may also be
    ``begin`` or ``start_char``, ``stop`` or ``end_char``, and ``type``, ``tag``, ``entity_type`` or ``category``; or it
    is a list ``[start, end, label]``, also under ``entities``. The pairs ``[text, {"entities": [...]}]`` of spaCy's
    older training data are read as well. Offsets count characters of ``text``, or words of ``tokens``. ``relations``
    are those of the standard form: ``head`` and ``tail`` are positions in the list of spans.

    Args:
        path: JSON Lines or a JSON list of documents, either also as ``.gz``, or a folder of ``*.jsonl``.
        types: a types file, or None.
        ends: ``exclusive``, or ``inclusive`` if ``end`` is the last character or word of an entity.
    """

    layout = "JSON: text or tokens, spans or ents with start, end, label"
    gold_keys = {**GOLD_KEYS, **dict.fromkeys(KEYS, (dict, list))}

    @classmethod
    def recognises(cls, head: Head) -> bool:
        """Return whether a record has a text or words, and a list of labelled spans."""
        value = _with_keys(head.record)
        if value is None or is_prodigy(value) or names_a_corpus(value):
            return False
        key = _key_of_spans(value)
        words = value.get("tokens")
        has_words = isinstance(words, list) and all(isinstance(word, str) for word in words)
        return key is not None and (isinstance(value.get("text"), str) or has_words)

    def __init__(
        self, path: InputPath | None, types: InputPath | None = None, ends: Ends = "exclusive"
    ) -> None:
        super().__init__(path, types)
        self.ends: Ends = ends

    def parse(self, record: Record, report: Report) -> Doc | None:
        """Return the document of a record."""
        value = _with_keys(record.value)
        if value is None:
            return parse_record(record, STANDARD, report)
        used = [key for key in KEYS if value.get(key)]
        if len(used) > 1:
            what = f"the spans are under {' and '.join(map(repr, used))}"
            report.faults.append(Fault(what, record.where, "keep one of them"))
            return None
        rest = {key: item for key, item in value.items() if key not in KEYS}
        spans = value[used[0]] if used else []
        entities = [_entity(span) for span in spans] if isinstance(spans, list) else spans
        if isinstance(relations := rest.get("relations"), list):
            rest["relations"] = [renamed(item, "type", "label") for item in relations]
        made = replace(record, value={**rest, "entities": entities})
        return parse_record(exclusive(made) if self.ends == "inclusive" else made, STANDARD, report)

    def _documents(self, report: Report) -> Iterator[Doc]:
        """Yield the documents; ask whether the ends are inclusive if they look so."""
        docs = super()._documents(report)
        yield from docs if self.ends == "inclusive" else ask_about_ends(docs, report, "jointre.spans_json.v1")


def _with_keys(record: Any) -> dict[str, Any] | None:
    """Return a record as an object in which the spans are a list; None for other values."""
    if isinstance(record, list) and len(record) == 2 and isinstance(record[0], str):
        record = {"text": record[0], "annotations": record[1]}
    if not isinstance(record, dict):
        return None
    inner = record.get("annotations")
    if isinstance(inner, dict) and "entities" in inner:
        return {**record, **inner, "annotations": []}
    return record


def _key_of_spans(value: Mapping[str, Any]) -> str | None:
    """Return the key of a list whose first item is a labelled span."""
    for key in KEYS:
        items = value.get(key)
        if isinstance(items, list) and items and _is_span(items[0], key):
            return key
    return None


def _is_span(item: Any, key: str) -> bool:
    if isinstance(item, list):
        return [type(part) for part in item] == [int, int, str]
    if key == "entities" or not isinstance(item, dict):
        return False
    return all(any(name in item for name in names) for names in (STARTS, ENDS, LABELS))


def _entity(span: Any) -> Any:
    """Return a span with the keys of the standard form, as far as it has them."""
    if isinstance(span, list) and len(span) == 3:
        return dict(zip(("start", "end", "label"), span, strict=True))
    if not isinstance(span, dict):
        return span
    entity = dict(span)
    for name, others in (("start", STARTS), ("end", ENDS), ("label", LABELS)):
        found = next((other for other in others if other in entity), name)
        if found in entity and name not in entity:
            entity[name] = entity.pop(found)
    if isinstance(entity.get("label"), list) and len(entity["label"]) == 1:
        entity["label"] = entity["label"][0]
    return entity
