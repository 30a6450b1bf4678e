"""Settings of an annotation, and which labels are kept under which name."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

from jointre.data.doc import Doc
from jointre.data.report import suggest
from jointre.errors import Fault, UsageError

REST = "*"


@dataclass(frozen=True)
class Settings:
    """What determines the documents besides the text and the tagger.

    Args:
        sentences: whether each line is split into sentences; otherwise it is one document.
        labels: as on the command line (`LabelMap.parse`); None keeps all as they are.
        min_entities: documents with fewer entities are left out.
        max_words: documents with more words are left out.
        shard_size: number of lines of the input per shard.
    """

    sentences: bool = False
    labels: str | None = None
    min_entities: int = 1
    max_words: int = 200
    shard_size: int = 5000

    def to_json(self) -> dict[str, Any]:
        """Return a JSON-ready dictionary."""
        return asdict(self)


@dataclass(frozen=True)
class LabelMap:
    """Which of a tagger's labels are kept.

    Args:
        names: new name by the tagger's label.
        rest: whether labels that are not in ``names`` are kept as they are.
    """

    names: Mapping[str, str]
    rest: bool

    @classmethod
    def parse(cls, text: str | None, known: Sequence[str]) -> "LabelMap":
        """Parse the value of ``--labels``.

        ``PERSON,GPE=LOC`` keeps two labels, one under another name; ``GPE=LOC,*`` keeps all and renames one.

        Args:
            text: the value; None keeps all labels as they are.
            known: the tagger's labels.

        Raises:
            UsageError: a label is unknown to the tagger, repeated or empty; with all faults.
        """
        items = [REST] if text is None else [item.strip() for item in text.split(",")]
        names: dict[str, str] = {}
        faults = []
        for item in items:
            old, renamed, new = item.partition("=")
            old, new = old.strip(), new.strip() if renamed else old.strip()
            if old == REST and not renamed:
                continue
            if what := _wrong(old, new, names, known):
                faults.append(Fault(what, "--labels", suggest(old, known)))
            names[old] = new
        if faults:
            raise UsageError("invalid labels", faults)
        return cls(names, REST in items)

    def new_names(self, known: Sequence[str]) -> list[str]:
        """Return the labels that may occur, sorted."""
        return sorted({name for label in known if (name := self.name(label)) is not None})

    def name(self, label: str) -> str | None:
        """Return the new name of a tagger's label; None if it is not kept."""
        return self.names.get(label, label if self.rest else None)

    def apply(self, doc: Doc) -> Doc:
        """Return the document with the entities that are kept, each span and label once."""
        kept: dict[tuple[int, int, str], Any] = {}
        for entity in doc.entities:
            name = self.name(entity.label)
            if name is not None:
                kept.setdefault((entity.start, entity.end, name), replace(entity, label=name))
        return replace(doc, entities=list(kept.values()))


def _wrong(old: str, new: str, names: Mapping[str, str], known: Sequence[str]) -> str:
    if not old or not new:
        return "a label is empty"
    if old in names:
        return f"label {old!r} is repeated"
    return "" if old in known else f"the tagger has no label {old!r}"
