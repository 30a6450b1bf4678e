"""Write DocRED's JSON."""

from bisect import bisect_right
from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Any

from jointre.data.doc import Doc
from jointre.data.report import Report
from jointre.registry import registry
from jointre.writers.base import JsonListWriter
from jointre.writers.fit import as_words, only, where, whole_sentences, without_keys

USED = ("title", "sents", "vertexSet", "labels", "id", "entities", "relations")


@registry.writers("jointre.docred.v1")
class DocredWriter(JsonListWriter):
    """Writes documents with ``title``, ``sents``, ``vertexSet`` and ``labels``.

    Each entity is one in ``vertexSet`` with a single mention. ``evidence`` has the sentences of both. A document whose
    sentences are not known is one sentence. Sentences are joined where an entity crosses their border.
    """

    reader = "jointre.docred.v1"

    def __init__(self) -> None:
        pass

    def fit(self, docs: Iterable[Doc], report: Report) -> Iterator[Doc]:
        """Yield documents of words without relations between the types of one span."""
        for doc in docs:
            held = whole_sentences(as_words(doc, report), report)
            apart = [
                r for r in held.relations if held.entities[r.head].extent != held.entities[r.tail].extent
            ]
            lost = len(held.relations) - len(apart)
            report.leave_out("relations", "between two types of one span", where(doc), lost)
            held = only(replace(held, relations=apart), report, "id", "meta", "sentences")
            yield without_keys(held, USED, report)

    def records(self, doc: Doc) -> Iterable[Any]:
        """Return the record of a document."""
        sentences = doc.sentences if doc.sentences is not None else [(0, len(doc.words))]
        starts = [start for start, _ in sentences]
        home = [bisect_right(starts, entity.start) - 1 for entity in doc.entities]
        vertices = [
            [
                {
                    "name": doc.surface(entity),
                    "sent_id": number,
                    "pos": [entity.start - starts[number], entity.end - starts[number]],
                    "type": entity.label,
                }
            ]
            for entity, number in zip(doc.entities, home, strict=True)
        ]
        labels = [
            {"h": r.head, "t": r.tail, "r": r.label, "evidence": sorted({home[r.head], home[r.tail]})}
            for r in doc.relations
        ]
        named = {"title": doc.id} if doc.id.strip() else {}
        words = [doc.words[start:end] for start, end in sentences]
        yield {**named, "sents": words, "vertexSet": vertices, "labels": labels, **doc.meta}
