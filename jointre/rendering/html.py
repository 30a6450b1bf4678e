"""Documents as one self-contained HTML page: no network access, no scripts, no fonts."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from html import escape
from zlib import crc32

from jointre.data.doc import Doc, Relation
from jointre.data.labels import Labels
from jointre.rendering import marks
from jointre.rendering.names import in_text_order, numbers
from jointre.rendering.palette import Palette
from jointre.rendering.style import COLOURS, PANEL, style_sheet


def article(doc: Doc, number: int, palette: Palette, symmetric: frozenset[str]) -> str:
    """Return a document as an ``<article>``; ``number`` makes the anchors of its entities unique in the page."""
    return _Article(doc, number, palette, symmetric).html()


class _Article:
    def __init__(self, doc: Doc, number: int, palette: Palette, symmetric: frozenset[str]) -> None:
        self.doc, self.number, self.palette, self.symmetric = doc, number, palette, symmetric
        self.numbers = numbers(doc)
        self.heights = heights(doc)

    def html(self) -> str:
        """Return the whole article."""
        deep = max(self.heights, default=0)
        raw = " raw" if marks.has_text(self.doc) else ""
        name = escape(self.doc.id or str(self.number))
        return (
            f'<article class="doc" aria-label="{name}">\n<h2><span>{name}</span></h2>\n'
            f'<p class="words{raw}" lang="" dir="auto" style="--deep:{deep}">{"".join(self.words())}</p>\n'
            f"{''.join(self.table()) if self.doc.entities else EMPTY}</article>\n"
        )

    def words(self) -> Iterator[str]:
        """Return the sentence with entities as nested marks; crossing entities in fragments with dotted edges."""
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
        """Return the start tag of an entity; only its first fragment is an anchor."""
        entity = mark.entity
        anchor = f' id="d{self.number}e{entity}"' if mark.first else ""
        look = f"e {self.colour(entity)} e{entity}{'' if mark.first else ' from'}"
        return f'<mark{anchor} class="{look}" style="--n:{self.heights[entity]}">'

    def label(self, entity: int) -> str:
        """Return type and score, for display after the words of an entity."""
        annotation = self.doc.entities[entity]
        score = "" if annotation.score is None else f' <span class="n">{annotation.score:.2f}</span>'
        label = f"<bdi>{escape(annotation.label)}{score}</bdi>"
        return f'<span class="l">{self.small(entity)}{label}</span>'

    def small(self, entity: int) -> str:
        """Return the number of an entity that needs one."""
        return f"<sup>{self.numbers[entity]}</sup>" if entity in self.numbers else ""

    def table(self) -> Iterator[str]:
        """Return the relations, one row each."""
        if not self.doc.relations:
            return
        columns = "".join(f'<th scope="col">{name}</th>' for name in ("head", "relation", "tail", "score"))
        yield f'<table class="rel"><caption>Relations</caption>\n<thead><tr>{columns}</tr></thead>\n<tbody>\n'
        yield from (self.row(relation) for relation in in_text_order(self.doc))
        yield "</tbody></table>\n"

    def row(self, relation: Relation) -> str:
        """Return ``head ── label ─▶ tail  score``."""
        back = '<i class="back"></i>' if relation.label in self.symmetric else ""
        score = "" if relation.score is None else f"{relation.score:.2f}"
        return (
            f'<tr class="a{relation.head} a{relation.tail}"><td>{self.chip(relation.head)}</td>'
            f'<td><span class="arrow">{back}<bdi>{escape(relation.label)}</bdi><i></i></span></td>'
            f"<td>{self.chip(relation.tail)}</td><td>{score}</td></tr>\n"
        )

    def chip(self, entity: int) -> str:
        """Return the words of an entity, with a link to its place in the sentence."""
        words = " ".join(self.doc.surface(self.doc.entities[entity]).split())
        link = f'<a class="chip {self.colour(entity)}" href="#d{self.number}e{entity}">'
        return f'{link}<bdi lang="">{escape(words)}</bdi></a>{self.small(entity)}'

    def colour(self, entity: int) -> str:
        """Return the CSS class that sets the colours of an entity."""
        return f"k{self.palette.number(self.doc.entities[entity].label)}"


EMPTY = '<p class="none">No entities.</p>\n'


def heights(doc: Doc) -> list[int]:
    """Return for each entity how many layers of other entities are open within it, which its mark must leave
    room for.
    """
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


HOVERED = 100
HEAD = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; {images}style-src 'unsafe-inline'">
<title>{title}</title>
<style>
{style}</style>
</head>
<body>
<main>
<h1 dir="auto">{title}</h1>
"""


def head(title: str, style: str, images: bool = False) -> str:
    """Return the beginning of a page, up to its heading; ``images`` allows images within the page."""
    return HEAD.format(title=escape(title), style=style, images="img-src data:; " if images else "")


def html_page(
    docs: Sequence[Doc],
    title: str,
    labels: Labels | None = None,
    panels: Sequence[tuple[str, str]] = (),
) -> str:
    """Return a page that shows documents: sentences with marked entities, and their relations below.

    Args:
        docs: with entities and relations, gold or predicted; scores are shown if they are set.
        title: heading of the page.
        labels: if given, the legend lists its types in their order, including those that do not occur, and its
            symmetric relations are drawn without direction.
        panels: headings and HTML of the parts above the documents.
    """
    entities, relations = _types(docs, labels)
    palette = Palette(len(COLOURS), entities)
    symmetric = labels.symmetric if labels else frozenset[str]()
    most = max((len(doc.entities) for doc in docs), default=0)
    return "".join(
        [
            head(title, style_sheet(min(most, HOVERED)) + (PANEL if panels else "")),
            _summary(len(docs), entities.values(), relations.values()),
            *legend(docs, labels, palette),
            *(panel(heading, content) for heading, content in panels),
            *(article(doc, number, palette, symmetric) for number, doc in enumerate(docs, 1)),
            "</main>\n</body>\n</html>\n",
        ]
    )


def panel(heading: str, content: str) -> str:
    """Return a part of the page above the documents; ``content`` is HTML."""
    return f'<section class="panel">\n<h2>{escape(heading)}</h2>\n<div>{content}</div>\n</section>\n'


def html_fragment(doc: Doc) -> str:
    """Return a document for a place in another page, such as the output of a notebook, with its own style."""
    palette = Palette(len(COLOURS), sorted({entity.label for entity in doc.entities}))
    style = style_sheet(min(len(doc.entities), HOVERED)).replace(":root", "&")
    number = crc32(repr(doc).encode("utf-8", "replace"))  # anchors of other outputs must differ
    content = article(doc, number, palette, frozenset())
    return f'<div class="jointre">\n<style>\n.jointre {{\n{style}}}\n</style>\n{content}</div>\n'


def _counts(found: Iterable[str], declared: Sequence[str]) -> dict[str, int]:
    """Return how often each type occurs: declared types in their order, then others by name."""
    counts = Counter(found)
    others = sorted(counts.keys() - set(declared))
    return {label: counts[label] for label in (*declared, *others)}


def _summary(docs: int, entities: Iterable[int], relations: Iterable[int]) -> str:
    parts = [
        plural(docs, "document"),
        plural(sum(entities), "entity", "entities"),
        plural(sum(relations), "relation"),
    ]
    return f'<p class="sum">{" · ".join(parts)}</p>\n'


def plural(count: int, one: str, many: str = "") -> str:
    """Return ``1 entity``, ``2 entities``."""
    return f"{count:,} {one if count == 1 else many or one + 's'}"


def _types(docs: Sequence[Doc], labels: Labels | None) -> tuple[dict[str, int], dict[str, int]]:
    """Return how often each entity type and each relation type occurs."""
    entities = _counts((e.label for doc in docs for e in doc.entities), labels.entities if labels else ())
    relations = _counts((r.label for doc in docs for r in doc.relations), labels.relations if labels else ())
    return entities, relations


def legend(docs: Sequence[Doc], labels: Labels | None, palette: Palette) -> Iterator[str]:
    """Yield the list of types with their colours and numbers; see `html_page`."""
    entities, relations = _types(docs, labels)
    if not entities and not relations:
        return
    yield '<dl class="legend">\n'
    for name, counts in (("Entities", entities), ("Relations", relations)):
        if counts:
            keys = (_key(label, count, name, palette) for label, count in counts.items())
            yield f"<dt>{name}</dt><dd>{''.join(keys)}</dd>\n"
    yield "</dl>\n"


def _key(label: str, count: int, name: str, palette: Palette) -> str:
    look = f"k{palette.number(label)}" if name == "Entities" else "plain"
    return f'<span class="key {look}"><bdi>{escape(label)}</bdi> <b>{count:,}</b></span>'
