"""Write FewRel's JSON, a sentence per line."""

from collections.abc import Iterator
from typing import Any

from jointre.data.doc import Doc, Relation
from jointre.data.report import Report
from jointre.registry import registry
from jointre.writers.base_pairs import PairWriter
from jointre.writers.fit import as_words, own_id, sentences

USED = ("id", "tokens", "relation", "label", "h", "t", "head", "tail", "entities", "entity_ids")


@registry.writers("jointre.fewrel.v1")
class FewRelWriter(PairWriter):
    """Writes a line for each relation, with ``relation``, ``tokens``, and ``h`` and ``t`` as ``[name, id, mentions]``.

    The format has no types of entities; each head and tail has one mention, and no id.

    Args:
        negatives: whether to also write pairs without a relation.
        no_relation: the label for "no relation".
        level: "sentence" writes the pairs of each sentence; "document" those of the whole document.
    """

    reader = "jointre.fewrel.v1"
    used = USED

    def parts(self, doc: Doc, report: Report) -> Iterator[Doc]:
        """Yield the sentences without their text."""
        yield from sentences(as_words(doc, report), self.level, report)

    def pair(self, doc: Doc, relation: Relation) -> dict[str, Any]:
        """Return the record of a pair."""
        record: dict[str, Any] = {"id": own_id(doc)} if own_id(doc) else {}
        record |= {"relation": relation.label, "tokens": doc.words}
        for key, row in (("h", relation.head), ("t", relation.tail)):
            entity = doc.entities[row]
            record[key] = [doc.surface(entity), None, [list(range(entity.start, entity.end))]]
        return record
