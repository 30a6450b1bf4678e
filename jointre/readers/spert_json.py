"""SpERT's JSON: a list of sentences with word offsets, and its types file with symmetric relations."""

from typing import Any

from jointre.data.doc import Doc
from jointre.data.report import Report
from jointre.readers.corpus import CorpusReader
from jointre.readers.fields import Form
from jointre.readers.parse import parse_record
from jointre.readers.records import Record
from jointre.registry import registry

FORM = Form("type", "label", "jointre.jsonl.v1")


@registry.readers("jointre.spert_json.v1")
class SpertJsonReader(CorpusReader):
    """Sentences: ``tokens``, ``entities`` (``type, start, end``), ``relations`` (``type, head, tail``).

    SpERT's prediction input is read too: lists of words, objects with only ``tokens``, raw strings.

    Args:
        path: a JSON list, or the same sentences one a line; also as ``.gz``; or a folder of ``*.jsonl``.
        types: SpERT's types file (or the ``labels.json`` form), whose order is the class order; or None.
    """

    def __init__(self, path: str | None, types: str | None = None) -> None:
        super().__init__(path, types)

    def parse(self, record: Record, report: Report) -> Doc | None:
        """The document of a sentence."""
        return parse_record(Record(record.where, record.id, _as_object(record.value)), FORM, report)


def _as_object(value: Any) -> Any:
    """The three forms of prediction input as the one form with keys."""
    if isinstance(value, list):
        return {"tokens": value}
    if isinstance(value, str):
        return {"text": value}
    if isinstance(value, dict) and "tokens" in value and "text" in value:
        extra = {"text": value["text"], **_nested(value.get("_meta"))}
        return {**{key: item for key, item in value.items() if key != "text"}, "_meta": extra}
    return value


def _nested(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}
