"""Attention as one self-contained HTML page: shaded texts for sentence vectors, and a map for each head."""

import struct
from base64 import b64encode
from collections.abc import Iterator, Sequence
from html import escape
from zlib import compress, crc32

import numpy as np

from jointre.data.labels import Labels
from jointre.inspection.attention import Attention, Floats, patterns
from jointre.rendering.html import article, head, legend
from jointre.rendering.palette import Palette
from jointre.rendering.style import ATTENTION, COLOURS, style_sheet

SHADE = 0.75
"""Opacity of the largest weight of a shaded text, which leaves the words readable."""
BLUE = (37, 99, 235)


def attention_page(
    attention: Attention,
    title: str,
    labels: Labels,
    layers: Sequence[int] | None = None,
    heads: Sequence[int] | None = None,
) -> str:
    """Return a page that shows the attention of a model over a text.

    Args:
        attention: the weights, and the text with its entities and relations.
        title: heading of the page.
        labels: the types of the model, in the order of the legend.
        layers, heads: the layers and heads of the encoder to draw, from 1; None for all.
    """
    return "".join(_Page(attention, title, labels, layers, heads).html())


class _Page:
    def __init__(
        self,
        attention: Attention,
        title: str,
        labels: Labels,
        layers: Sequence[int] | None,
        heads: Sequence[int] | None,
    ) -> None:
        self.attention, self.title, self.labels = attention, title, labels
        self.palette = Palette(len(COLOURS), labels.entities)
        self.marks = marks_of(attention, self.palette)
        shape = (0, 0) if attention.encoder is None else attention.encoder.shape[:2]
        self.layers = list(layers or range(1, shape[0] + 1))
        self.heads = list(heads or range(1, shape[1] + 1))

    def html(self) -> Iterator[str]:
        """Yield the parts of the page."""
        doc = self.attention.doc
        yield head(self.title, style_sheet(len(doc.entities)) + ATTENTION, images=True)
        yield from legend([doc], self.labels, self.palette)
        yield article(doc, 1, self.palette, self.labels.symmetric)
        if self.attention.tasks:
            yield from self.vectors()
        if self.attention.encoder is not None:
            yield from self.encoder(self.attention.encoder)
        yield "</main>\n</body>\n</html>\n"

    def vectors(self) -> Iterator[str]:
        """Yield the attention of sentence vectors, with entities marked (SINET, Figure 4)."""
        yield '<section class="part">\n<h2>Sentence vectors</h2>\n'
        yield '<p class="about">What each sentence vector attends to.'
        yield " The strongest colour of a text marks its largest weight; pointing at a word shows the weight. Entities"
        yield " are bold, underlined in the colour of their type, and dotted if they have no relation.</p>\n"
        if self.attention.encoder is not None:
            last, units = self.attention.encoder[-1, :, 0], self.attention.units
            number = len(self.attention.encoder)
            yield self.group(
                f"encoder, layer {number}: the first piece", last[None], units.names, units.first
            )
        for task in self.attention.tasks:
            name = f"{task.view} vector to the words of the {task.other} view"
            yield self.group(name, task.weights, task.names, task.first)
        yield "</section>\n"

    def group(self, name: str, weights: Floats, names: Sequence[str], first: int) -> str:
        """Return the mean over layers and heads as a shaded text, and each head in a part that can be opened."""
        n_layers, n_heads = weights.shape[:2]
        each = "".join(
            f"<h4>{f'layer {layer + 1}, ' if n_layers > 1 else ''}head {number + 1}</h4>\n"
            f"{self.shaded(weights[layer, number], names, first)}"
            for layer in range(n_layers)
            for number in range(n_heads)
        )
        mean = self.shaded(weights.mean((0, 1)), names, first)
        summary = f"<summary>{n_layers * n_heads} heads</summary>"
        return (
            f'<div class="card"><h3>{escape(name)}</h3>\n{mean}<details>{summary}\n{each}</details></div>\n'
        )

    def shaded(self, weights: Floats, names: Sequence[str], first: int) -> str:
        """Return a text whose words are shaded by their weights, relative to the largest."""
        most = float(weights.max()) or 1.0
        parts = [
            f'<span class="w{self.marks.get(place - first, "")}" style="--a:{SHADE * float(weight) / most:.3f}"'
            f' title="{escape(name)}: {float(weight):.3f}"><bdi>{escape(name)}</bdi></span>'
            for place, (name, weight) in enumerate(zip(names, weights, strict=True))
        ]
        return f'<p class="shaded" lang="" dir="auto">{" ".join(parts)}</p>\n'

    def encoder(self, weights: Floats) -> Iterator[str]:
        """Yield the heads of the encoder: one map in large, and all maps in small, each a link to the large one."""
        words = self.attention.words_only()
        assert words is not None
        yield '<section class="part" id="encoder">\n<h2>Encoder</h2>\n'
        yield '<p class="about">From each word (row) to each word'
        yield " (column). A word of several pieces is attended to with the sum of their weights, and attends with the"
        yield " mean. Opacity is the square root of the weight, so that small weights can be seen. Choose a map below"
        yield " to see it with its words.</p>\n"
        if found := patterns(words):
            yield '<ul class="patterns">\n'
            for pattern in found:
                known = pattern.layer in self.layers and pattern.head in self.heads
                name = f"layer {pattern.layer}, head {pattern.head}"
                name = f'<a href="#l{pattern.layer}h{pattern.head}">{name}</a>' if known else name
                yield f"<li>Most to {pattern.name}: {name} (mean {pattern.weight:.2f})</li>\n"
            yield "</ul>\n"
        yield from self.large(weights)
        yield from self.small(weights)
        yield "</section>\n"

    def large(self, weights: Floats) -> Iterator[str]:
        """Yield the map that was chosen, at first the first one, with the units along its edges."""
        units = self.attention.units
        yield f'<div class="card wide"><div class="map" style="--n:{len(units.names)}">\n'
        for axis in ("column", "row"):
            for place, name in enumerate(units.names):
                look = f"{axis}{self.marks.get(place - units.first, '')}"
                yield f'<span class="{look}" style="--i:{place + 2}"><bdi>{escape(name)}</bdi></span>'
        yield '\n<div class="maps">\n'
        for layer in self.layers:
            for number in self.heads:
                name = f"layer {layer}, head {number}"
                image = picture(weights[layer - 1, number - 1], f"Attention of {name}")
                yield f'<figure id="l{layer}h{number}">{image}<figcaption>{name}</figcaption></figure>\n'
        yield "</div></div></div>\n"

    def small(self, weights: Floats) -> Iterator[str]:
        yield f'<div class="card wide"><div class="heads" style="--n:{len(self.heads)}">\n<span></span>'
        yield "".join(f"<b>{number}</b>" for number in self.heads)
        for layer in self.layers:
            yield f"\n<b>{layer}</b>"
            for number in self.heads:
                name = f"layer {layer}, head {number}"
                image = picture(weights[layer - 1, number - 1], name)
                yield f'<a href="#l{layer}h{number}" title="{name}">{image}</a>'
        yield '\n</div><p class="about">Rows: layers; columns: heads.</p></div>\n'


def marks_of(attention: Attention, palette: Palette) -> dict[int, str]:
    """Return the CSS classes of the words of entities: their colour, and ``related`` if they have a relation."""
    doc = attention.doc
    related = {row for relation in doc.relations for row in (relation.head, relation.tail)}
    marks: dict[int, str] = {}
    for row, entity in sorted(enumerate(doc.entities), key=lambda item: (item[0] in related, item[1].start)):
        look = f" ent k{palette.number(entity.label)}{' related' if row in related else ''}"
        marks |= dict.fromkeys(range(entity.start, entity.end), look)
    return marks


def picture(weights: Floats, name: str) -> str:
    """Return an ``<img>`` with a pixel for each weight, transparent where it is 0."""
    pixels = np.empty((*weights.shape, 4), dtype=np.uint8)
    pixels[..., :3] = BLUE
    pixels[..., 3] = np.rint(255 * np.sqrt(np.clip(weights, 0, 1)))
    data = b64encode(png(pixels)).decode()
    return f'<img src="data:image/png;base64,{data}" alt="{escape(name)}">'


def png(pixels: np.ndarray) -> bytes:
    """Return the PNG file of an image, [height, width, 4] uint8."""
    height, width, _ = pixels.shape
    lines = b"".join(b"\0" + line.tobytes() for line in pixels)
    header = struct.pack(">IIBBBBB", width, height, 8, 6, 0, 0, 0)
    parts = ((b"IHDR", header), (b"IDAT", compress(lines, 9)), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", crc32(kind + data))
        for kind, data in parts
    )
