"""SpERT's JSON: a list of sentences with word offsets, and its types file with symmetric relations."""

from collections.abc import Iterator
from typing import Any, Literal

from jointre.data.doc import Doc
from jointre.data.report import Report
from jointre.limits import InputPath
from jointre.place import Place
from jointre.readers.base_corpus import CorpusReader
from jointre.readers.fields import Form, rows_with
from jointre.readers.foreign_keys import has_entities_elsewhere
from jointre.readers.head import Head
from jointre.readers.jsonl import GOLD_KEYS
from jointre.readers.overlaps import Overlapping, first_copies, without_overlaps
from jointre.readers.parse_record import parse_record
from jointre.readers.records import Record, whole
from jointre.registry import registry

FORM = Form("type", "label", "jointre.jsonl.v1")
Repeated = Literal["keep", "drop"]
QUOTED = "relations with a head or tail in quotes, read as a number"


@registry.readers("jointre.spert_json.v1")
class SpertJsonReader(CorpusReader):
    """Reads sentences with ``tokens``, ``entities`` (``type, start, end``) and ``relations`` (``type, head, tail``).

    It also reads SpERT's prediction input: lists of words, objects with only ``tokens``, or raw strings.

    Args:
        path: a JSON list, or one sentence per line, either also as ``.gz``; or a folder of ``*.jsonl``.
        types: SpERT's types file (or the ``labels.json`` form), whose order is the class order; or None.
        overlapping: "keep"; "drop_sentence" leaves out sentences with overlapping entities, "drop_relation" relations
            between them, "drop_contained" also relations between entities if the text of one contains the other's (see
            `jointre.readers.overlaps.without_overlaps`). Everything left out is counted.
        repeated: "keep"; "drop" leaves out sentences with the words of an earlier one.
    """

    layout = "JSON: tokens, entities with start, end, type, relations with head, tail, type"
    gold_keys = GOLD_KEYS

    @classmethod
    def recognises(cls, head: Head) -> bool:
        """Return whether a record has entities or relations with a ``type``, or is only the words of a sentence."""
        record = head.record
        if isinstance(record, str | list):
            return not any(isinstance(item, dict) for item in record)
        if isinstance(record, dict) and has_entities_elsewhere(record):
            return False
        return rows_with("type", record) and not rows_with("label", record)

    def __init__(
        self,
        path: InputPath | None,
        types: InputPath | None = None,
        overlapping: Overlapping = "keep",
        repeated: Repeated = "keep",
    ) -> None:
        super().__init__(path, types)
        self.overlapping: Overlapping = overlapping
        self.repeated: Repeated = repeated

    def parse(self, record: Record, report: Report) -> Doc | None:
        """Return the document of a sentence, or None if it is invalid or left out of the corpus."""
        value = _with_numbers(_as_object(record.value), record.where, report)
        doc = parse_record(Record(record.where, record.id, value), FORM, report)
        return None if doc is None else without_overlaps(doc, self.overlapping, report, record.where)

    def _documents(self, report: Report) -> Iterator[Doc]:
        docs = super()._documents(report)
        return docs if self.repeated == "keep" else first_copies(docs, report)


def _as_object(value: Any) -> Any:
    """Return any of the three kinds of prediction input as an object with keys."""
    if isinstance(value, list):
        return {"tokens": value}
    if isinstance(value, str):
        return {"text": value}
    if isinstance(value, dict) and "tokens" in value and "text" in value:
        extra = {"text": value["text"], **_nested(value.get("_meta"))}
        return {**{key: item for key, item in value.items() if key != "text"}, "_meta": extra}
    return value


def _with_numbers(value: Any, where: Place, report: Report) -> Any:
    """Return a record in which heads and tails in quotes are numbers, as some tools write them."""
    relations = value.get("relations") if isinstance(value, dict) else None
    if not isinstance(relations, list):
        return value
    found = [_with_ends(relation) for relation in relations]
    changed = sum(one is not other for one, other in zip(found, relations, strict=True))
    report.count(QUOTED, where, changed)
    return {**value, "relations": found} if changed else value


def _with_ends(relation: Any) -> Any:
    ends = {key: relation.get(key) for key in ("head", "tail")} if isinstance(relation, dict) else {}
    numbers = {key: whole(end) for key, end in ends.items() if isinstance(end, str)}
    known = {key: number for key, number in numbers.items() if number is not None}
    return {**relation, **known} if known else relation


def _nested(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}
