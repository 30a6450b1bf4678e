"""What is asked of an annotation beside its text and its tagger; and which labels are kept, under which name."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

from jointre.data.doc import Doc
from jointre.data.report import suggest
from jointre.errors import Fault, UsageError

REST = "*"


@dataclass(frozen=True)
class Settings:
    """What decides which documents there are, beside text and tagger.

    Args:
        sentences: whether each line is split into sentences; else it is one document.
        labels: as on the command line (`LabelMap`); None keeps all as they are.
        min_entities: documents with fewer are left out.
        max_words: documents with more are left out.
        shard_size: lines of the input that make a shard.
    """

    sentences: bool = False
    labels: str | None = None
    min_entities: int = 1
    max_words: int = 200
    shard_size: int = 5000

    def to_json(self) -> dict[str, Any]:
        """A JSON-ready dictionary."""
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
        """``PERSON,GPE=LOC``: those two and no others, one under another name; ``GPE=LOC,*``: all, one renamed.

        Args:
            text: None for all as they are.
            known: the tagger's labels.

        Raises:
            UsageError: with every label that the tagger does not have, that stands twice, or that is empty.
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
            raise UsageError("the labels are not understood", faults)
        return cls(names, REST in items)

    def new_names(self, known: Sequence[str]) -> list[str]:
        """The labels that may occur, sorted."""
        return sorted({name for label in known if (name := self.name(label)) is not None})

    def name(self, label: str) -> str | None:
        """The new name of a tagger's label; None if it is not kept."""
        return self.names.get(label, label if self.rest else None)

    def apply(self, doc: Doc) -> Doc:
        """The document with the entities that are kept, each span and label once."""
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
        return f"label {old!r} stands twice"
    return "" if old in known else f"the tagger has no label {old!r}"
