"""Write TACRED's JSON."""

from collections.abc import Iterator
from typing import Any

from jointre.data.doc import Doc, Relation
from jointre.data.report import Report
from jointre.registry import registry
from jointre.writers.base import JsonListWriter
from jointre.writers.base_pairs import PairWriter
from jointre.writers.fit import Level, as_words, own_id, sentences

ENDS = ("subj", "obj")
USED = ("id", "token", "tokens", "relation", "entities", "entity_ids")
KEYS = (*USED, *(f"{end}_{key}" for end in ENDS for key in ("start", "end", "type")))


@registry.writers("jointre.tacred.v1")
class TacredWriter(JsonListWriter, PairWriter):
    """Writes a list with a record for each relation, with the spans and types of subject and object.

    Args:
        negatives: whether to also write pairs without a relation.
        no_relation: the label for "no relation".
        level: "sentence" writes the pairs of each sentence; "document" those of the whole document.
    """

    reader = "jointre.tacred.v1"
    used = KEYS
    has_types = True

    def __init__(
        self, negatives: bool = False, no_relation: str = "no_relation", level: Level = "sentence"
    ) -> None:
        super().__init__(negatives, no_relation, level)
        self.reader = f"{self.reader},merge=true"

    def parts(self, doc: Doc, report: Report) -> Iterator[Doc]:
        """Yield the sentences without their text."""
        yield from sentences(as_words(doc, report), self.level, report)

    def pair(self, doc: Doc, relation: Relation) -> dict[str, Any]:
        """Return the record of a pair."""
        record: dict[str, Any] = {"id": own_id(doc)} if own_id(doc) else {}
        record |= {"token": doc.words, "relation": relation.label}
        for key, row in zip(ENDS, (relation.head, relation.tail), strict=True):
            entity = doc.entities[row]
            record |= {
                f"{key}_start": entity.start,
                f"{key}_end": entity.end - 1,
                f"{key}_type": entity.label,
            }
        return record
