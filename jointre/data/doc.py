"""Doc, Entity and Relation, which readers produce, models predict and metrics compare."""

from bisect import bisect_right
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from importlib import import_module
from typing import Any

from jointre.place import NOWHERE, Where


@dataclass(frozen=True)
class Entity:
    """A typed span of words ``[start, end)``; only predictions have a ``score``.

    ``chars`` are the characters ``[start, end)`` of an annotated entity that begins or ends inside a word; its words
    then reach beyond it. None if its words are exactly its characters.
    """

    start: int
    end: int
    label: str
    score: float | None = None
    chars: tuple[int, int] | None = None
    _at: tuple[int, int] | None = field(default=None, compare=False, repr=False)

    @property
    def start_char(self) -> int | None:
        """The first character of the entity in the text of its document; None without a text."""
        found = self.chars or self._at
        return None if found is None else found[0]

    @property
    def end_char(self) -> int | None:
        """The end of the entity in the text of its document, exclusive; None without a text."""
        found = self.chars or self._at
        return None if found is None else found[1]

    @property
    def extent(self) -> tuple[int, int]:
        """The start and end, without the type."""
        return self.start, self.end

    def overlaps(self, other: "Entity") -> bool:
        """Return whether the two entities share a word."""
        return self.start < other.end and other.start < self.end

    def contains(self, other: "Entity") -> bool:
        """Return whether all words of ``other`` are among the words of this entity; equal spans contain each other."""
        return self.start <= other.start and other.end <= self.end

    def crosses(self, other: "Entity") -> bool:
        """Return whether the two entities share a word and neither contains the other."""
        return self.overlaps(other) and not (self.contains(other) or other.contains(self))

    def gap(self, other: "Entity") -> int:
        """Return the number of words between the two entities: 0 if they are adjacent, negative if they overlap."""
        return max(other.start - self.end, self.start - other.end)


@dataclass(frozen=True)
class Relation:
    """A typed, directed relation; ``head`` and ``tail`` are indices into ``Doc.entities``."""

    head: int
    tail: int
    label: str
    score: float | None = None


@dataclass
class Doc:
    """One document, of a sentence or more: words, entities, relations.

    Args:
        words: the tokens that all offsets count.
        entities: in any order; they may nest and overlap.
        relations: an ordered pair may have several.
        text: the raw text, if there is one; ``offsets`` then has the characters ``(start, end)`` of each word, and the
            entities know their ``start_char`` and ``end_char``.
        id: the name of the document in messages and output, for instance ``train.jsonl:17``.
        meta: all other keys of the record; they are written back on output.
        where: the file and record that it was read from, for messages; not part of the document.
        split: whether a rule made the words from the text, so that a splitter may make them again; False for words
            that the corpus gives.
        sentences: the words ``[start, end)`` of each sentence, in order and without gaps; None if they are not known.
    """

    words: list[str]
    entities: list[Entity] = field(default_factory=list)
    relations: list[Relation] = field(default_factory=list)
    text: str | None = None
    offsets: list[tuple[int, int]] | None = None
    id: str = ""
    meta: dict[str, Any] = field(default_factory=dict)
    where: Where = field(default=NOWHERE, compare=False, repr=False)
    split: bool = field(default=False, compare=False, repr=False)
    sentences: list[tuple[int, int]] | None = None

    def __post_init__(self) -> None:
        """Give the entities their characters in the text."""
        places = [self._place(entity) for entity in self.entities]
        if any(entity._at != at for entity, at in zip(self.entities, places, strict=True)):
            self.entities = [replace(e, _at=at) for e, at in zip(self.entities, places, strict=True)]

    def _place(self, entity: Entity) -> tuple[int, int] | None:
        if self.offsets is None or not 0 <= entity.start < entity.end <= len(self.offsets):
            return None
        return self.offsets[entity.start][0], self.offsets[entity.end - 1][1]

    @classmethod
    def from_dict(cls, record: Mapping[str, Any]) -> "Doc":
        """Return the document of a record in the standard form, as `to_dict` returns it.

        Raises:
            DataError: with all faults of the record.
        """
        found: Doc = import_module("jointre.readers.parse_record").from_dict(record)
        return found

    def to_dict(self) -> dict[str, Any]:
        """Return the document in the standard form (docs/data-formats.md), ready for JSON.

        Raises:
            DataError: the text and the words do not fit each other.
        """
        record: dict[str, Any] = import_module("jointre.data.write").to_jsonl(self)
        return record

    def _repr_html_(self) -> str:
        """Return the document with marked entities for a notebook."""
        html: str = import_module("jointre.rendering.html").html_fragment(self)
        return html

    def bare(self) -> "Doc":
        """Return the document without annotation, which is all that prediction may see."""
        return replace(self, entities=[], relations=[])

    def annotation(self, scores: bool = False) -> frozenset[tuple[Any, ...]]:
        """Return the entities and relations as comparable tuples, whatever their order, with ``scores`` or without."""

        def score(item: Entity | Relation) -> tuple[float | None, ...]:
            return (item.score,) if scores else ()

        spans = [(*entity.extent, entity.label, *score(entity)) for entity in self.entities]
        relations = [(spans[r.head], spans[r.tail], r.label, *score(r)) for r in self.relations]
        return frozenset([*spans, *relations])

    def characters(self, entity: Entity) -> tuple[int, int] | None:
        """Return the characters ``[start, end)`` of an entity in the raw text; None without a text."""
        if self.text is None or self.offsets is None:
            return None
        return entity.chars or (self.offsets[entity.start][0], self.offsets[entity.end - 1][1])

    def surface(self, entity: Entity) -> str:
        """Return the text of an entity, from the raw text if there is one, else its words joined by blanks."""
        place = self.characters(entity)
        if self.text is None or place is None:
            return " ".join(self.words[entity.start : entity.end])
        return self.text[slice(*place)]

    def evidence(self, relation: Relation) -> tuple[int, int] | None:
        """Return where a relation is stated: from the sentence of its first argument to that of its last.

        The result counts characters if the document has a text, else words. It is None if the sentences are not known.
        """
        if self.sentences is None:
            return None
        arguments = [self.entities[row].extent for row in (relation.head, relation.tail)]
        first, last = min(start for start, _ in arguments), max(end for _, end in arguments)
        starts = [start for start, _ in self.sentences]
        start = self.sentences[bisect_right(starts, first) - 1][0]
        end = self.sentences[bisect_right(starts, last - 1) - 1][1]
        return (start, end) if self.offsets is None else (self.offsets[start][0], self.offsets[end - 1][1])
