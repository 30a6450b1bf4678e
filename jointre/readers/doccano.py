"""doccano's JSONL: a text with labelled spans and, in a project with relations, relations between their ids."""

from typing import Any

from jointre.data.doc import Doc
from jointre.data.report import Report
from jointre.limits import InputPath
from jointre.readers.base_corpus import CorpusReader
from jointre.readers.fields import Keys, keys_of, kind, rows_with
from jointre.readers.head import Head
from jointre.readers.linked import Linked, name_of
from jointre.readers.records import Record
from jointre.registry import registry

LISTS = ("label", "labels")
USED = ("id", "text", "entities", "relations", "annotations", *LISTS)
BY_NUMBER = "export it as JSONL with the names of the labels, or replace each number by the name of its label"


@registry.readers("jointre.doccano.v1")
class DoccanoReader(CorpusReader):
    """Reads records with ``text``, ``entities`` and ``relations``, the export of a doccano project with relations.

    An entity has ``id``, ``label``, ``start_offset`` and ``end_offset`` in characters, the end exclusive. A relation
    has ``from_id``, ``to_id`` and ``type``. The splitter of the config or the model finds the words. The other keys,
    such as ``Comments``, are kept in ``meta``. Projects without relations have a list ``label`` or ``labels`` of
    ``[start, end, label]`` instead of entities. Older versions write the text as ``data``, and the entities as
    ``annotations`` with ``start_offset``, ``end_offset`` and ``label``.

    Args:
        path: JSON Lines or a JSON list, either also as ``.gz``, or a folder of ``*.jsonl``.
        types: a types file, or None.
    """

    layout = (
        "JSON: text, entities with id, label, start_offset, end_offset, relations with from_id, to_id, type; "
        "or text, label with lists of start, end, label"
    )
    gold_keys = {"entities": dict, "relations": dict, "label": list, "labels": list, "annotations": dict}

    @classmethod
    def recognises(cls, head: Head) -> bool:
        """Return whether a record has a text, and an entity with ``start_offset`` or a list of spans."""
        return is_doccano(head.record) or _has_spans(head.record)

    def __init__(self, path: InputPath | None, types: InputPath | None = None) -> None:
        super().__init__(path, types)

    def parse(self, record: Record, report: Report) -> Doc | None:
        """Return the document of a record."""
        keys = keys_of(record, report)
        if keys is None:
            return None
        key = _text_key(keys.value)
        linked = Linked(keys, keys.string(key), report)
        for row in keys.rows("entities", "entity", nullable=True):
            if row.is_object:
                start, end = row.whole("start_offset"), row.whole("end_offset")
                linked.add(row, name_of(row, "id"), start, end, row.text("label"))
        for row in keys.rows("annotations", "annotation", nullable=True):
            if row.is_object:
                _add_old(row, linked)
        for key_of_list in LISTS:
            _add_list(keys, key_of_list, linked)
        for row in keys.rows("relations", "relation", nullable=True):
            if row.is_object:
                linked.relate(row, name_of(row, "from_id"), name_of(row, "to_id"), row.text("type"))
        return linked.doc(keys.id(record.id), keys.rest((*USED, key)))


def _text_key(value: dict[str, Any]) -> str:
    return "data" if "text" not in value and isinstance(value.get("data"), str) else "text"


def _add_old(row: Keys, linked: Linked) -> None:
    """Add an entity of an older version; it may have the number of its label instead of the name."""
    label = row.value.get("label")
    if type(label) is int:
        row.fault(f"'label' is {label}, the number of a label", BY_NUMBER)
    else:
        label = row.text("label")
    linked.add(row, None, row.whole("start_offset"), row.whole("end_offset"), str(label))


def _add_list(keys: Keys, key: str, linked: Linked) -> None:
    """Add the spans of a project without relations."""
    items = keys.value.get(key)
    if items is not None and not isinstance(items, list):
        keys.fault(f"{key!r} is {kind(items)}, not a list")
    for number, item in enumerate(items if isinstance(items, list) else []):
        row = Keys({}, keys.where, "label", keys.faults, number)
        if not _is_span(item) or not item[2].strip():
            row.fault(f"{item!r} is not a labelled span", "write [start, end, label]")
        else:
            linked.add(row, None, item[0], item[1], item[2])


def _is_span(item: Any) -> bool:
    return isinstance(item, list) and [type(part) for part in item] == [int, int, str]


def _has_spans(record: Any) -> bool:
    """Return whether a record has a text with spans of a project without relations, or of an older version."""
    if not isinstance(record, dict) or "entities" in record:
        return False
    if not isinstance(record.get(_text_key(record)), str):
        return False
    old = _first(record, "annotations")
    is_old = isinstance(old, dict) and "start_offset" in old
    return is_old or any(_is_span(_first(record, key)) for key in LISTS)


def _first(record: dict[str, Any], key: str) -> Any:
    """Return the first item of a list, or None if there is none."""
    items = record.get(key)
    return items[0] if isinstance(items, list) and items else None


def is_doccano(record: Any) -> bool:
    """Return whether a record has a text and the offsets of doccano."""
    return rows_with("start_offset", record) and "text" in record
