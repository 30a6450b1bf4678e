"""Label Studio's JSON export: tasks with labelled regions of a text and relations between regions."""

from dataclasses import replace
from typing import Any

from jointre.data.doc import Doc
from jointre.data.report import Report
from jointre.limits import InputPath
from jointre.readers.base_corpus import CorpusReader
from jointre.readers.fields import Keys, keys_of
from jointre.readers.head import Head
from jointre.readers.linked import Linked, name_of
from jointre.readers.records import Record
from jointre.registry import registry

NOT_ANNOTATED = "tasks without an annotation that counts, left out"
OTHERS = "annotations of a task after its first, not used"
UNNAMED = "relations without a label, left out"
DIRECTIONS = ("right", "left", "bi")


@registry.readers("jointre.label_studio.v1")
class LabelStudioReader(CorpusReader):
    """Reads the tasks of an export as "JSON": ``data`` with the text, and ``annotations`` with a ``result`` each.

    A result of the type ``labels`` is an entity: ``id`` and, in ``value``, ``start`` and ``end`` in characters, the end
    exclusive, and ``labels``. A result of the type ``relation`` has ``from_id``, ``to_id``, ``labels`` and a
    ``direction``: "left" turns it round, and "bi" makes two of it. Of several annotations of a task, the first that was
    not cancelled is read and the others are counted. A task without one is left out and counted. The text is
    ``data["text"]`` or else the only string in ``data``; other keys of ``data`` are kept in ``meta``.

    Args:
        path: a JSON list or JSON Lines, either also as ``.gz``, or a folder of ``*.jsonl``.
        types: a types file, or None.
        repair: True leaves out relations without a label, and reports each; False refuses them.
    """

    layout = "JSON: data with text, annotations with result of labels and relation"
    gold_keys = {"annotations": dict}

    @classmethod
    def recognises(cls, head: Head) -> bool:
        """Return whether a record has the object ``data`` and the list ``annotations``."""
        record = head.record
        if not isinstance(record, dict):
            return False
        return isinstance(record.get("data"), dict) and isinstance(record.get("annotations"), list)

    def __init__(self, path: InputPath | None, types: InputPath | None = None, repair: bool = False) -> None:
        super().__init__(path, types)
        self.repair = repair

    def parse(self, record: Record, report: Report) -> Doc | None:
        """Return the document of a task, or None if it is invalid or has no annotation."""
        keys = keys_of(record, report)
        if keys is None:
            return None
        data, annotation = keys.below("data"), _annotation(keys, report)
        if annotation is None or not data.is_object:
            report.faults.extend(keys.faults)
            return None
        key = _text_key(data)
        linked = Linked(keys, data.string(key), report)
        results = annotation.rows("result", "result", nullable=True)
        for row in results:
            if row.value.get("type") == "labels":
                _add(row, linked)
        for row in results:
            if row.value.get("type") == "relation":
                self._relate(row, linked)
            elif row.is_object and row.value.get("type") != "labels":
                report.count(f"results of the type {row.value.get('type')!r}, not used", record.where)
        return linked.doc(keys.id(record.id), data.rest([key]))

    def _relate(self, row: Keys, linked: Linked) -> None:
        head, tail = name_of(row, "from_id"), name_of(row, "to_id")
        direction = row.value.get("direction", "right")
        if direction not in DIRECTIONS:
            row.fault(f"'direction' is {direction!r}", f"it is one of {', '.join(DIRECTIONS)}")
        if not row.value.get("labels"):
            detail = f"result {row.number}, a relation from {head!r} to {tail!r}, has no label"
            linked.report.repair_or_refuse(self.repair, UNNAMED, row.where, detail, bare=True)
            return
        for label in _labels(row):
            if direction != "left":
                linked.relate(row, head, tail, label)
            if direction != "right":
                linked.relate(row, tail, head, label)


def _annotation(keys: Keys, report: Report) -> Keys | None:
    """Return the first annotation that was not cancelled, or None; count what is not read."""
    items = [row for row in keys.rows("annotations", "annotation", nullable=True) if row.is_object]
    kept = [row for row in items if not row.value.get("was_cancelled")]
    report.count(OTHERS, keys.where, len(kept[1:]))
    report.count(NOT_ANNOTATED, keys.where, int(not kept and not keys.faults))
    return kept[0] if kept else None


def _text_key(data: Keys) -> str:
    """Return the key of the text: "text", or that of the only string."""
    strings = [key for key, value in data.value.items() if isinstance(value, str)]
    return strings[0] if len(strings) == 1 and "text" not in data.value else "text"


def _add(row: Keys, linked: Linked) -> None:
    name, region = name_of(row, "id"), _region(row)
    if region is None:
        linked.rows.setdefault(name, len(linked.entities))  # its relations are not further faults
        return
    start, end, labels = region
    for number, label in enumerate(labels):
        linked.add(row, None if number else name, start, end, label)
    linked.quotes(row, start, end, row.value["value"].get("text"))


def _region(row: Keys) -> tuple[int, int, list[Any]] | None:
    """Return start, end and labels of a result, or None and faults if one of them is invalid."""
    before, value = len(row.faults), row.below("value")
    if not value.is_object:
        return None
    region = replace(row, value=value.value)
    found = (region.whole("start"), region.whole("end"), _labels(region))
    return found if len(row.faults) == before else None


def _labels(row: Keys) -> list[Any]:
    labels = row.value.get("labels")
    if isinstance(labels, list) and labels and all(isinstance(name, str) and name.strip() for name in labels):
        return labels
    row.fault("'labels' is not a list of names")
    return []
