"""Write DyGIE's JSON."""

from bisect import bisect_right
from collections.abc import Iterable, Iterator
from typing import Any

from jointre.data.doc import Doc
from jointre.data.report import Report
from jointre.registry import registry
from jointre.writers.base import JsonLinesWriter
from jointre.writers.fit import as_words, by_span, only, whole_sentences


@registry.writers("jointre.dygie.v1")
class DygieWriter(JsonLinesWriter):
    """Writes documents with ``doc_key``, ``sentences``, ``ner`` and ``relations``; the ends of spans are inclusive.

    A document whose sentences are not known is one sentence. Sentences are joined where an entity crosses their border.
    A relation is in the list of its head's sentence.
    """

    reader = "jointre.dygie.v1"

    def __init__(self) -> None:
        pass

    def fit(self, docs: Iterable[Doc], report: Report) -> Iterator[Doc]:
        """Yield documents of words, each relation between the first types of its spans."""
        for doc in docs:
            held = whole_sentences(by_span(as_words(doc, report), report), report)
            yield only(held, report, "id", "sentences")

    def records(self, doc: Doc) -> Iterable[Any]:
        """Return the record of a document."""
        sentences = doc.sentences if doc.sentences is not None else [(0, len(doc.words))]
        starts = [start for start, _ in sentences]
        ner: list[list[Any]] = [[] for _ in sentences]
        relations: list[list[Any]] = [[] for _ in sentences]
        for entity in doc.entities:
            ner[bisect_right(starts, entity.start) - 1].append([entity.start, entity.end - 1, entity.label])
        for relation in doc.relations:
            head, tail = doc.entities[relation.head], doc.entities[relation.tail]
            row = [head.start, head.end - 1, tail.start, tail.end - 1, relation.label]
            relations[bisect_right(starts, head.start) - 1].append(row)
        words = [doc.words[start:end] for start, end in sentences]
        yield {"doc_key": doc.id, "sentences": words, "ner": ner, "relations": relations}
