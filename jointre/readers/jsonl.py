"""jointre's standard form: one JSON document per line (see docs/data-formats.md)."""

from collections.abc import Iterator

from jointre.data.doc import Doc
from jointre.data.report import Report
from jointre.limits import InputPath
from jointre.readers.base_corpus import CorpusReader
from jointre.readers.ends import Ends, ask_about_ends, exclusive
from jointre.readers.fields import rows_with
from jointre.readers.foreign_keys import has_entities_elsewhere
from jointre.readers.head import Head
from jointre.readers.parse_record import STANDARD, parse_record
from jointre.readers.records import Record
from jointre.registry import registry

GOLD_KEYS = {"entities": dict, "relations": dict}


@registry.readers("jointre.jsonl.v1")
class JsonlReader(CorpusReader):
    """Reads documents with ``text`` and character offsets, or with ``tokens`` and word offsets; all ends exclusive.

    If the ends of most entities lack one character of a word, a notice asks whether they are inclusive.

    Args:
        path: JSON Lines or a JSON list of documents, either also as ``.gz``, or a folder of ``*.jsonl``.
        types: a types file (``labels.json`` form or SpERT's), or None to use the types of the training data.
        ends: ``exclusive``, or ``inclusive`` if ``end`` is the last character or word of an entity.
    """

    layout = "JSON: text or tokens, entities with start, end, label, relations with head, tail, label"
    gold_keys = GOLD_KEYS

    @classmethod
    def recognises(cls, head: Head) -> bool:
        """Return whether a record has entities or relations with a ``label``, and none of the keys of a tool."""
        tools = ("start_offset", "from_id", "child")
        if isinstance(head.record, dict) and has_entities_elsewhere(head.record):
            return False
        return rows_with("label", head.record) and not any(rows_with(key, head.record) for key in tools)

    def __init__(
        self, path: InputPath | None, types: InputPath | None = None, ends: Ends = "exclusive"
    ) -> None:
        super().__init__(path, types)
        self.ends: Ends = ends

    def parse(self, record: Record, report: Report) -> Doc | None:
        """Return the document of a record in the standard form."""
        return parse_record(exclusive(record) if self.ends == "inclusive" else record, STANDARD, report)

    def _documents(self, report: Report) -> Iterator[Doc]:
        """Yield the documents; ask whether the ends are inclusive if they look so."""
        if self.ends == "inclusive":
            yield from super()._documents(report)
        else:
            yield from ask_about_ends(super()._documents(report), report)
