"""Finding and Case: anomalies of a corpus, and where they are."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from jointre.data.doc import Doc, Entity, Relation
from jointre.place import Place

QUOTED = 48  # maximum length of an entity that is shown in full
Splits = Mapping[str, Sequence[Doc]]


@dataclass(frozen=True)
class Case:
    """A document of a corpus, or something in it, that a finding counts.

    Args:
        split: name of the corpus in the config.
        place: file and record, or another name for the document.
        id: id of the document.
        what: what is there.
    """

    split: str
    place: Place
    id: str
    what: str = ""

    @property
    def where(self) -> str:
        """The place as text."""
        return str(self.place)

    @property
    def record(self) -> str:
        """The record with the name of its file, without folders."""
        return self.where if self.where == self.id else str(self.place.brief())

    def __str__(self) -> str:
        """Return the record, and the document's id if it has its own."""
        own = self.id and not self.record.startswith(self.id)
        return f"{self.record} ({self.id})" if own else self.record


@dataclass(frozen=True)
class Finding:
    """An anomaly of a corpus.

    Args:
        kind: a word for programs: ``unreachable``, ``skipped``, ``windows``, ``repeated``, ``shared``, ``unseen``,
            ``unused``, ``rare`` or ``reversed``.
        split: name of the corpus.
        what: a phrase that contains the count.
        count: number of cases.
        places: all cases, in the order of the corpus or worst first.
        warning: whether it may lower scores; otherwise it is only worth knowing.
    """

    kind: str
    split: str
    what: str
    count: int
    places: Sequence[Case] = ()
    warning: bool = True

    def __str__(self) -> str:
        """Return one line with the first place."""
        first = f" (first in {self.places[0]})" if self.places else ""
        return f"{self.split}: {self.what}{first}"


def place(split: str, number: int, doc: Doc, what: str = "") -> Case:
    """Return the place of document ``number`` of a corpus."""
    where = doc.where or doc.id or Place(split, record=number)
    return Case(split, Place.of(where), doc.id, what)


def describe(doc: Doc, item: Entity | Relation) -> str:
    """Return ``Org "Acme Corp"``, or ``works_for: "Anna Berg" -> "Acme Corp"``."""
    if isinstance(item, Entity):
        return f"{item.label} {_quoted(doc, item)}"
    head, tail = doc.entities[item.head], doc.entities[item.tail]
    return f"{item.label}: {_quoted(doc, head)} -> {_quoted(doc, tail)}"


def _quoted(doc: Doc, entity: Entity) -> str:
    """Return the text of an entity in quotes, without its middle if it is long."""
    text = " ".join(doc.surface(entity).split())
    if len(text) <= QUOTED:
        return f'"{text}"'
    begin, end = text[: QUOTED * 2 // 3].rsplit(" ", 1)[0], text[-QUOTED // 3 :].split(" ", 1)[-1]
    return f'"{begin} ... {end}"'
