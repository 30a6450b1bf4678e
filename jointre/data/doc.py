"""Doc, Entity, Relation: what readers produce, models predict and metrics compare."""

from dataclasses import dataclass, field, replace
from typing import Any


@dataclass(frozen=True)
class Entity:
    """A typed span of words ``[start, end)``; ``score`` is set on predictions only."""

    start: int
    end: int
    label: str
    score: float | None = None


@dataclass(frozen=True)
class Relation:
    """A typed, directed relation; ``head`` and ``tail`` are indices into ``Doc.entities``."""

    head: int
    tail: int
    label: str
    score: float | None = None


@dataclass
class Doc:
    """One document (mostly a sentence): words, entities, relations.

    Args:
        words: the tokens that all offsets count.
        entities: may nest and overlap, in any order.
        relations: several may hold on one ordered pair.
        text: the raw text, if there is one; then ``offsets`` holds ``(start, end)`` characters of each word.
        id: name of the record in messages and output, for instance ``train.jsonl:17``.
        meta: whatever else the record carried; written back on output.
        where: file and record that it was read from, for messages; no part of the document.
    """

    words: list[str]
    entities: list[Entity] = field(default_factory=list)
    relations: list[Relation] = field(default_factory=list)
    text: str | None = None
    offsets: list[tuple[int, int]] | None = None
    id: str = ""
    meta: dict[str, Any] = field(default_factory=dict)
    where: str = field(default="", compare=False, repr=False)

    def bare(self) -> "Doc":
        """The same document without annotation: all that prediction may see."""
        return replace(self, entities=[], relations=[])

    def surface(self, entity: Entity) -> str:
        """The text of an entity: cut from the raw text where there is one, else its words with blanks."""
        if self.text is not None and self.offsets is not None:
            return self.text[self.offsets[entity.start][0] : self.offsets[entity.end - 1][1]]
        return " ".join(self.words[entity.start : entity.end])
