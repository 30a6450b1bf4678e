"""Documents in the terminal: entities in brackets within the sentence, and one line per relation below it."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from rich.console import Console
from rich.text import Text

from jointre.data.doc import Doc, Relation
from jointre.data.labels import Labels
from jointre.printable import clean
from jointre.rendering import marks
from jointre.rendering.names import crossing, in_text_order, numbers
from jointre.rendering.palette import Palette

COLOURS = [f"color({number})" for number in (33, 208, 35, 170, 37, 203, 141, 136, 67, 107, 175, 130)]
FEW_COLOURS = ["blue", "green", "magenta", "cyan", "red", "yellow"]
BRACKETS = [("[", "]"), ("⟦", "⟧"), ("⟪", "⟫")]
ASCII_BRACKETS = [("[", "]"), ("{", "}"), ("<", ">")]
SUPERSCRIPT = str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹")
MAY_FOLLOW = (" ", ".", ",", ";", ":", "!", "?", ")", "»", "”")


def show_docs(docs: Iterable[Doc], console: Console, labels: Labels | None = None) -> None:
    """Print documents one after the other, wrapped to the width of the console.

    ``[Ines Moreau]Person`` is an entity; nested entities have brackets in brackets. Entities that cross, and entities
    with the same words, have a number. Types keep their colour from document to document; without colours
    (``NO_COLOR``, a file) the text has the same information.

    Args:
        docs: read one by one, so that they may be generated while they are shown.
        console: where to print.
        labels: if given, its symmetric relations are drawn without direction.
    """
    colours = COLOURS if console.color_system in ("256", "truecolor") else FEW_COLOURS
    palette = Palette(len(colours), labels.entities if labels else ())
    symmetric = labels.symmetric if labels else frozenset[str]()
    for number, doc in enumerate(docs):
        if number:
            console.print()
        marks.check(doc)
        for line, indent in _Lines(doc, colours, palette, symmetric, console.encoding):
            for part in line.wrap(console, max(console.width - indent, 8)):
                part.rstrip()
                console.print(Text(" " * indent).append_text(part), soft_wrap=True)


@dataclass
class _Lines:
    """The lines of one document, each with its indent."""

    doc: Doc
    colours: Sequence[str]
    palette: Palette
    symmetric: frozenset[str]
    encoding: str
    numbers: dict[int, int] = field(init=False)
    ascii: bool = field(init=False)

    def __post_init__(self) -> None:
        self.numbers = numbers(self.doc)
        self.ascii = not self.encoding.lower().startswith("utf")

    def __iter__(self) -> Iterator[tuple[Text, int]]:
        if self.doc.id:
            yield Text(self.clean(self.doc.id), style="dim"), 0
        yield self.sentence(), 0
        if not self.doc.entities:
            yield Text("(no entities)", style="dim"), 2
        for relation in in_text_order(self.doc):
            yield self.relation(relation), 2

    def sentence(self) -> Text:
        """Return the words with their entities in brackets; a label is followed by a blank or a punctuation mark."""
        left, right = self.brackets()
        crossed, line, within, after_label = crossing(self.doc), Text(), list[int](), False
        for mark in marks.marks(self.doc):
            if isinstance(mark, marks.Text):
                text = self.clean(mark.text)
                line.append(" " if after_label and not text.startswith(MAY_FOLLOW) else "")
                line.append(text, style=f"bold {self.colour(within[-1])}" if within else "")
                after_label = False
            elif isinstance(mark, marks.Open):
                within.append(mark.entity)
                number = self.number(mark.entity, " ") if mark.entity in crossed else ""
                line.append(left + number if mark.first else "", style=self.colour(mark.entity))
            else:
                within.remove(mark.entity)
                label = f"{right}{self.number(mark.entity, ' ')}{self.label(mark.entity)}"
                line.append(label if mark.last else "", style=self.colour(mark.entity))
                after_label = True
        return line

    def relation(self, relation: Relation) -> Text:
        """Return ``Ines Moreau ──works_for (0.93)──▶ Halden Robotics``."""
        dash, left, right = ("--", "<", ">") if self.ascii else ("──", "◀", "▶")
        start = left if relation.label in self.symmetric else ""
        score = "" if relation.score is None else f" ({relation.score:.2f})"
        line = self.name(relation.head).append(f" {start}{dash}", style="dim")
        line.append(self.clean(relation.label), style="bold").append(score, style="dim")
        return line.append(f"{dash}{right} ", style="dim").append_text(self.name(relation.tail))

    def name(self, entity: int) -> Text:
        """Return the words of an entity in the colour of its type, with its number if it has one."""
        words = " ".join(self.clean(self.doc.surface(self.doc.entities[entity])).split())
        return Text().append(words + self.number(entity), style=self.colour(entity))

    def number(self, entity: int, blank: str = "") -> str:
        """Return the number of an entity, or nothing; ``blank`` follows numbers that are not superscript."""
        if entity not in self.numbers:
            return ""
        digits = str(self.numbers[entity])
        return f"#{digits}{blank}" if self.ascii else digits.translate(SUPERSCRIPT)

    def label(self, entity: int) -> str:
        """Return the type of an entity."""
        return self.clean(self.doc.entities[entity].label)

    def clean(self, text: str) -> str:
        """Return text that the console can print."""
        return clean(text).encode(self.encoding, "replace").decode(self.encoding)

    def colour(self, entity: int) -> str:
        """Return the colour of an entity."""
        return self.colours[self.palette.number(self.doc.entities[entity].label)]

    def brackets(self) -> tuple[str, str]:
        """Return the first pair of brackets that does not occur in the document itself."""
        pairs = ASCII_BRACKETS if self.ascii else BRACKETS
        used = set("".join(self.doc.words))
        return next((pair for pair in pairs if not used & set(pair)), pairs[-1])
