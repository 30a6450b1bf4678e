"""Write OpenNRE's JSON."""

from collections.abc import Iterator
from typing import Any

from jointre.data.doc import Doc, Relation
from jointre.data.raw_text import split_words
from jointre.data.report import Report
from jointre.registry import registry
from jointre.writers.base_pairs import PairWriter
from jointre.writers.fit import as_text, as_words, own_id, sentences

USED = ("id", "token", "text", "h", "t", "relation", "entities", "entity_ids")


@registry.writers("jointre.opennre.v1")
class OpenNREWriter(PairWriter):
    """Writes a line for each relation, with ``h``, ``t`` and ``relation``; the format has no types of entities.

    A document with a text is written with ``text`` if its words are those of the default rule, else with ``token``.

    Args:
        negatives: whether to also write pairs without a relation.
        no_relation: the label for "no relation".
        level: "sentence" writes the pairs of each sentence; "document" those of the whole document.
    """

    reader = "jointre.opennre.v1"
    used = USED

    def parts(self, doc: Doc, report: Report) -> Iterator[Doc]:
        """Yield the sentences, each with its text if the reader splits it into the same words, else without."""
        for part in sentences(doc, self.level, report):
            ruled = part.text is not None and list(map(tuple, part.offsets or ())) == split_words(part.text)
            yield as_text(part, report) if ruled else as_words(part, report)

    def pair(self, doc: Doc, relation: Relation) -> dict[str, Any]:
        """Return the record of a pair."""
        sentence = {"token": doc.words} if doc.text is None else {"text": doc.text}
        ends = {}
        for key, row in (("h", relation.head), ("t", relation.tail)):
            entity = doc.entities[row]
            ends[key] = {"name": doc.surface(entity), "pos": list(doc.characters(entity) or entity.extent)}
        named = {"id": own_id(doc)} if own_id(doc) else {}
        return {**named, **sentence, **ends, "relation": relation.label}
