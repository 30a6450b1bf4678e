"""Write SpERT's JSON."""

from collections.abc import Iterable, Iterator
from typing import Any

from jointre.data.doc import Doc
from jointre.data.report import Report
from jointre.data.write import to_spert
from jointre.registry import registry
from jointre.writers.base import JsonListWriter
from jointre.writers.fit import Level, as_words, only, own_id, sentences

USED = ("id", "text", "tokens", "sentences", "entities", "relations", "tags", "_meta")


@registry.writers("jointre.spert_json.v1")
class SpertJsonWriter(JsonListWriter):
    """Writes a list of sentences with ``tokens``, ``entities`` and ``relations``, and the other keys of the document.

    Args:
        level: "sentence" writes a record per sentence; "document" keeps documents whole.
    """

    reader = "jointre.spert_json.v1"

    def __init__(self, level: Level = "sentence") -> None:
        self.level: Level = level

    def fit(self, docs: Iterable[Doc], report: Report) -> Iterator[Doc]:
        """Yield sentences of words."""
        for doc in docs:
            for part in sentences(as_words(doc, report), self.level, report):
                yield only(part, report, "id", "meta")

    def records(self, doc: Doc) -> Iterable[Any]:
        """Return the record of a sentence."""
        yield with_other_keys(to_spert(doc), doc)


def with_other_keys(record: dict[str, Any], doc: Doc) -> dict[str, Any]:
    """Return a record with the id and the meta of its document, under ``_meta`` if a key has another meaning."""
    named = {"id": own_id(doc), **record} if own_id(doc) else record
    if any(key in USED for key in doc.meta):
        return {**named, "_meta": doc.meta}
    return {**named, **doc.meta}
