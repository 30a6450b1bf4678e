"""doccano's JSONL: a text, entities with ids and character offsets, and relations between ids."""

from typing import Any

from jointre.data.doc import Doc
from jointre.data.report import Report
from jointre.limits import InputPath
from jointre.readers.base_corpus import CorpusReader
from jointre.readers.fields import keys_of, rows_with
from jointre.readers.head import Head
from jointre.readers.linked import Linked, name_of
from jointre.readers.records import Record
from jointre.registry import registry

USED = ("id", "text", "entities", "relations")


@registry.readers("jointre.doccano.v1")
class DoccanoReader(CorpusReader):
    """Reads records with ``text``, ``entities`` and ``relations``, the export of a doccano project with relations.

    An entity has ``id``, ``label``, ``start_offset`` and ``end_offset`` in characters, the end exclusive. A relation
    has ``from_id``, ``to_id`` and ``type``. The splitter of the config or the model finds the words. The other keys,
    such as ``Comments``, are kept in ``meta``.

    Args:
        path: JSON Lines or a JSON list, either also as ``.gz``, or a folder of ``*.jsonl``.
        types: a types file, or None.
    """

    layout = (
        "JSON: text, entities with id, label, start_offset, end_offset, relations with from_id, to_id, type"
    )
    gold_keys = {"entities": dict, "relations": dict}

    @classmethod
    def recognises(cls, head: Head) -> bool:
        """Return whether a record has a text, and an entity with ``start_offset``."""
        return is_doccano(head.record)

    def __init__(self, path: InputPath | None, types: InputPath | None = None) -> None:
        super().__init__(path, types)

    def parse(self, record: Record, report: Report) -> Doc | None:
        """Return the document of a record."""
        keys = keys_of(record, report)
        if keys is None:
            return None
        linked = Linked(keys, keys.string("text"), report)
        for row in keys.rows("entities", "entity", nullable=True):
            if row.is_object:
                start, end = row.whole("start_offset"), row.whole("end_offset")
                linked.add(row, name_of(row, "id"), start, end, row.text("label"))
        for row in keys.rows("relations", "relation", nullable=True):
            if row.is_object:
                linked.relate(row, name_of(row, "from_id"), name_of(row, "to_id"), row.text("type"))
        return linked.doc(keys.id(record.id), keys.rest(USED))


def is_doccano(record: Any) -> bool:
    """Return whether a record has a text and the offsets of doccano."""
    return rows_with("start_offset", record) and "text" in record
