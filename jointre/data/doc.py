"""Doc, Entity and Relation, which readers produce, models predict and metrics compare."""

from dataclasses import dataclass, field, replace
from typing import Any


@dataclass(frozen=True)
class Entity:
    """A typed span of words ``[start, end)``; only predictions have a ``score``."""

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
    """One document, usually a sentence: words, entities, relations.

    Args:
        words: the tokens that all offsets count.
        entities: in any order; they may nest and overlap.
        relations: an ordered pair may have several.
        text: the raw text, if there is one; ``offsets`` then has the characters ``(start, end)`` of each word.
        id: the name of the document in messages and output, for instance ``train.jsonl:17``.
        meta: all other keys of the record; they are written back on output.
        where: the file and record that it was read from, for messages; not part of the document.
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
        """Return the document without annotation, which is all that prediction may see."""
        return replace(self, entities=[], relations=[])

    def surface(self, entity: Entity) -> str:
        """Return the text of an entity, from the raw text if there is one, else its words joined by blanks."""
        if self.text is not None and self.offsets is not None:
            return self.text[self.offsets[entity.start][0] : self.offsets[entity.end - 1][1]]
        return " ".join(self.words[entity.start : entity.end])
