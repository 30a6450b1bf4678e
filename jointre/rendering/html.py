"""Documents as one HTML page that needs nothing else: no network, no script, no font."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from html import escape

from jointre.data.doc import Doc
from jointre.data.labels import Labels
from jointre.rendering.html_doc import article
from jointre.rendering.palette import Palette
from jointre.rendering.style import COLOURS, style_sheet

HOVERED = 100
HEAD = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>{title}</title>
<style>
{style}</style>
</head>
<body>
<main>
<h1 dir="auto">{title}</h1>
"""


def html_page(docs: Sequence[Doc], title: str, labels: Labels | None = None) -> str:
    """A page that shows documents: sentences with marked entities, and their relations below.

    Args:
        docs: with entities and relations, gold or predicted; scores are shown where they are set.
        title: heading of the page.
        labels: if given, the legend lists its types in their order, also those that do not occur, and its
            symmetric relations are drawn without direction.
    """
    entities = _counts((e.label for doc in docs for e in doc.entities), labels.entities if labels else ())
    relations = _counts((r.label for doc in docs for r in doc.relations), labels.relations if labels else ())
    palette = Palette(len(COLOURS), entities)
    symmetric = labels.symmetric if labels else frozenset[str]()
    most = max((len(doc.entities) for doc in docs), default=0)
    return "".join(
        [
            HEAD.format(title=escape(title), style=style_sheet(min(most, HOVERED))),
            _summary(len(docs), entities.values(), relations.values()),
            *_legend(entities, relations, palette),
            *(article(doc, number, palette, symmetric) for number, doc in enumerate(docs, 1)),
            "</main>\n</body>\n</html>\n",
        ]
    )


def _counts(found: Iterable[str], declared: Sequence[str]) -> dict[str, int]:
    """How often each type occurs: declared types in their order, then others by name."""
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
    """``1 entity``, ``2 entities``."""
    return f"{count:,} {one if count == 1 else many or one + 's'}"


def _legend(entities: dict[str, int], relations: dict[str, int], palette: Palette) -> Iterator[str]:
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
