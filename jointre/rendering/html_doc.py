"""One document as HTML: its words with nested marks, its relations as a table."""

from collections.abc import Iterator
from html import escape

from jointre.data.doc import Doc, Relation
from jointre.rendering import marks
from jointre.rendering.names import in_text_order, numbers
from jointre.rendering.palette import Palette


def article(doc: Doc, number: int, palette: Palette, symmetric: frozenset[str]) -> str:
    """A document as an ``<article>``; ``number`` makes the anchors of its entities unique in the page."""
    return _Article(doc, number, palette, symmetric).html()


class _Article:
    def __init__(self, doc: Doc, number: int, palette: Palette, symmetric: frozenset[str]) -> None:
        self.doc, self.number, self.palette, self.symmetric = doc, number, palette, symmetric
        self.numbers = numbers(doc)
        self.heights = heights(doc)

    def html(self) -> str:
        """The whole article."""
        deep = max(self.heights, default=0)
        raw = " raw" if marks.has_text(self.doc) else ""
        name = escape(self.doc.id or str(self.number))
        return (
            f'<article class="doc" aria-label="{name}">\n<h2><span>{name}</span></h2>\n'
            f'<p class="words{raw}" lang="" dir="auto" style="--deep:{deep}">{"".join(self.words())}</p>\n'
            f"{''.join(self.table()) if self.doc.entities else EMPTY}</article>\n"
        )

    def words(self) -> Iterator[str]:
        """The sentence, entities as nested marks; crossing ones in fragments with dotted edges."""
        for mark in marks.marks(self.doc):
            if isinstance(mark, marks.Text):
                yield escape(mark.text)
            elif isinstance(mark, marks.Open):
                yield self.open(mark)
            elif mark.last:
                yield f"{self.label(mark.entity)}</mark>"
            else:
                yield "</mark>"

    def open(self, mark: marks.Open) -> str:
        """The start tag of an entity; only its first fragment is an anchor."""
        entity = mark.entity
        anchor = f' id="d{self.number}e{entity}"' if mark.first else ""
        look = f"e {self.colour(entity)} e{entity}{'' if mark.first else ' from'}"
        return f'<mark{anchor} class="{look}" style="--n:{self.heights[entity]}">'

    def label(self, entity: int) -> str:
        """Type and score, behind the words of an entity."""
        annotation = self.doc.entities[entity]
        score = "" if annotation.score is None else f' <span class="n">{annotation.score:.2f}</span>'
        label = f"<bdi>{escape(annotation.label)}{score}</bdi>"
        return f'<span class="l">{self.small(entity)}{label}</span>'

    def small(self, entity: int) -> str:
        """The number of an entity that needs one."""
        return f"<sup>{self.numbers[entity]}</sup>" if entity in self.numbers else ""

    def table(self) -> Iterator[str]:
        """The relations, one row each."""
        if not self.doc.relations:
            return
        columns = "".join(f'<th scope="col">{name}</th>' for name in ("head", "relation", "tail", "score"))
        yield f'<table class="rel"><caption>Relations</caption>\n<thead><tr>{columns}</tr></thead>\n<tbody>\n'
        yield from (self.row(relation) for relation in in_text_order(self.doc))
        yield "</tbody></table>\n"

    def row(self, relation: Relation) -> str:
        """``head ── label ─▶ tail  score``."""
        back = '<i class="back"></i>' if relation.label in self.symmetric else ""
        score = "" if relation.score is None else f"{relation.score:.2f}"
        return (
            f'<tr class="a{relation.head} a{relation.tail}"><td>{self.chip(relation.head)}</td>'
            f'<td><span class="arrow">{back}<bdi>{escape(relation.label)}</bdi><i></i></span></td>'
            f"<td>{self.chip(relation.tail)}</td><td>{score}</td></tr>\n"
        )

    def chip(self, entity: int) -> str:
        """The words of an entity, leading to its place in the sentence."""
        words = " ".join(self.doc.surface(self.doc.entities[entity]).split())
        link = f'<a class="chip {self.colour(entity)}" href="#d{self.number}e{entity}">'
        return f'{link}<bdi lang="">{escape(words)}</bdi></a>{self.small(entity)}'

    def colour(self, entity: int) -> str:
        """The class that sets the colours of an entity."""
        return f"k{self.palette.number(self.doc.entities[entity].label)}"


EMPTY = '<p class="none">No entities.</p>\n'


def heights(doc: Doc) -> list[int]:
    """For each entity how many layers of others are open within it: what its mark must leave room for."""
    found = [0] * len(doc.entities)
    stack: list[int] = []
    for mark in marks.marks(doc):
        if isinstance(mark, marks.Open):
            stack.append(mark.entity)
            for layer, entity in enumerate(reversed(stack)):
                found[entity] = max(found[entity], layer)
        elif isinstance(mark, marks.Close):
            stack.remove(mark.entity)
    return found
