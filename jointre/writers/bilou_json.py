"""Write SpERT's JSON with tags instead of entities."""

from collections.abc import Iterable, Iterator
from typing import Any

from jointre.data.doc import Doc
from jointre.data.report import Report
from jointre.data.tags import Scheme
from jointre.registry import registry
from jointre.writers.base import JsonListWriter
from jointre.writers.base_tagged import in_order, tags_of
from jointre.writers.fit import Level, as_words, flat, only, sentences
from jointre.writers.spert_json import with_other_keys


@registry.writers("jointre.bilou_json.v1")
class BilouJsonWriter(JsonListWriter):
    """Writes a list of sentences with ``tokens``, ``tags`` and ``relations``, and the other keys of the document.

    Args:
        scheme: "BILOU", "BIOES", "BIO" or "BIEOU".
        level: "sentence" writes a record per sentence; "document" keeps documents whole.
    """

    reader = "jointre.bilou_json.v1"

    def __init__(self, scheme: Scheme = "BILOU", level: Level = "sentence") -> None:
        self.scheme: Scheme = scheme
        self.level: Level = level
        self.reader = f"{self.reader}:scheme={scheme}"

    def fit(self, docs: Iterable[Doc], report: Report) -> Iterator[Doc]:
        """Yield sentences of words with entities that do not overlap."""
        for doc in docs:
            for part in sentences(as_words(doc, report), self.level, report):
                yield only(flat(part, report), report, "id", "meta")

    def records(self, doc: Doc) -> Iterable[Any]:
        """Return the record of a sentence."""
        row = in_order(doc)
        relations = [{"type": r.label, "head": row[r.head], "tail": row[r.tail]} for r in doc.relations]
        record = {"tokens": doc.words, "tags": tags_of(doc, self.scheme), "relations": relations}
        yield with_other_keys(record, doc)
