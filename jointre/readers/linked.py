"""Linked: builds a document from entities with names and relations between names, as annotation tools write them."""

from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

from jointre.data.doc import Doc, Entity, Relation
from jointre.data.raw_text import Offsets, doc_from_text
from jointre.data.report import Report
from jointre.data.validate import check_relations, count_blank, merge_duplicates
from jointre.errors import DataError
from jointre.readers.fields import Keys
from jointre.readers.quotes import Quotes, of_characters, shown

Name = str | int | tuple[int, int]
"""What the relations of a tool point to: the id of an entity, or its span."""


@dataclass
class Linked:
    """The annotation of one text; every fault of it is added to the faults of its record.

    Args:
        keys: the record.
        text: its text; offsets count its characters, ends exclusive.
        report: gets the types that are used, and the repairs.
    """

    keys: Keys
    text: str
    report: Report
    entities: list[Entity] = field(default_factory=list)
    relations: list[Relation] = field(default_factory=list)
    rows: dict[Name, int] = field(default_factory=dict)  # of the entities, by name

    def add(self, item: Keys, name: Name | None, start: int, end: int, label: str) -> None:
        """Add an entity; ``item`` is what describes it. Without a name, no relation can point to it."""
        before = len(item.faults)
        item.span(start, end, len(self.text), "characters")
        if len(item.faults) == before and not self.text[start:end].strip():
            item.fault(f"{start} to {end} contains only blanks", "remove it or correct its offsets")
        if name is not None and name in self.rows:
            item.fault(f"its id {name!r} is also that of an entity before it", "give each entity its own id")
        elif name is not None:
            self.rows[name] = len(self.entities)
        self.entities.append(Entity(start, end, label))
        self.report.use("entity", label, self.keys.where)

    def quotes(self, item: Keys, start: int, end: int, quoted: Any) -> None:
        """Add a fault if the words that a tool wrote beside the offsets are not those in the text."""
        if not isinstance(quoted, str) or not 0 <= start < end <= len(self.text):
            return
        if not self._quotes.agree(start, end, quoted):
            what = f"it quotes {shown(quoted)}, but {start} to {end} is {shown(self.text[start:end])}"
            item.fault(what, "offsets count characters from 0, and the end is exclusive")

    @cached_property
    def _quotes(self) -> Quotes:
        return of_characters(self.text)

    def relate(self, item: Keys, head: Name, tail: Name, label: str) -> None:
        """Add a relation between two entities by name; ``item`` is what describes it."""
        missing = [name for name in dict.fromkeys((head, tail)) if name not in self.rows]
        for name in missing:
            item.fault(f"there is no entity {name!r}", "a relation points to entities of the same record")
        if not missing and head == tail:
            item.fault(f"it relates entity {head!r} to itself", "remove it")
        if not missing:
            self.relations.append(Relation(self.rows[head], self.rows[tail], label))
        self.report.use("relation", label, self.keys.where)

    def doc(self, name: str, meta: dict[str, Any], words: Offsets | None = None) -> Doc | None:
        """Return the document with equal entities merged, or None with the faults of the record in the report.

        Args:
            name: the id of the document.
            meta: its other data.
            words: the character offsets of its words; without them, a splitter finds the words.
        """
        faults, where = self.keys.faults, self.keys.where
        doc = None
        if not faults:
            try:
                doc = doc_from_text(
                    self.text, self.entities, self.relations, words=words, report=self.report, where=where
                )
            except DataError as error:
                faults += error.faults
        if doc is not None:
            doc = merge_duplicates(doc, self.report, where)
            faults += check_relations(doc.relations, len(doc.entities), where)
            count_blank(doc.words, self.report, where)
        self.report.faults.extend(faults)
        return None if doc is None or faults else replace(doc, id=name, where=where, meta=meta)


def name_of(item: Keys, key: str) -> str | int:
    """Return the id under a key: a string or a whole number."""
    name = item.value.get(key)
    if type(name) in (str, int):
        return name  # type: ignore[return-value]
    if item.is_object and item.has(key):
        item.fault(f"{key!r} is neither a string nor a whole number")
    return ""
