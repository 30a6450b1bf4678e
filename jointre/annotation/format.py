"""The format of a folder of annotated shards: file names, and the contents of ``annotation.json``."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from jointre.jobs.ledger import shard_name

FORMAT = 1
FACTS = "annotation.json"
ENDING = ".jsonl.gz"


@dataclass
class Counts:
    """Counts of what was read and what was kept. Counts of several texts can be added up.

    Args:
        lines: number of lines read.
        blank: lines without a visible character.
        texts: sentences or whole lines that are not blank.
        documents: texts that were kept.
        words, entities: in the documents that were kept.
        left_out: the other texts, by reason.
        labels: entities in the documents that were kept, by label.
        not_kept: entities that were dropped because of ``--labels``, by the tagger's label.
    """

    lines: int = 0
    blank: int = 0
    texts: int = 0
    documents: int = 0
    words: int = 0
    entities: int = 0
    left_out: Counter[str] = field(default_factory=Counter)
    labels: Counter[str] = field(default_factory=Counter)
    not_kept: Counter[str] = field(default_factory=Counter)

    def add(self, other: "Counts") -> None:
        """Add other counts to these."""
        for name, value in vars(other).items():
            before = getattr(self, name)
            setattr(self, name, before + value)

    def to_json(self) -> dict[str, Any]:
        """Return a JSON-ready dictionary from which `from_json` restores the same counts."""
        return {
            name: dict(sorted(value.items())) if isinstance(value, Counter) else value
            for name, value in vars(self).items()
        }

    @classmethod
    def from_json(cls, facts: Mapping[str, Any]) -> "Counts":
        """Restore the counts from a dictionary that `to_json` returned; ignore other keys in it."""
        made = cls()
        for name, value in vars(made).items():
            setattr(made, name, type(value)(facts[name]))
        return made


@dataclass(frozen=True)
class ShardFacts:
    """A finished shard: a range of lines of the input.

    Args:
        number: counted from 0, in the order of the input.
        sha256: of its file; empty if no text was kept, so that there is no file.
        counts: what was read and kept.
    """

    number: int
    sha256: str
    counts: Counts

    @property
    def file(self) -> str:
        """The name of its file."""
        return shard_name(self.number, ENDING)

    def to_json(self) -> dict[str, Any]:
        """Return a JSON-ready dictionary from which `from_json` restores the same shard."""
        return {"number": self.number, "sha256": self.sha256, **self.counts.to_json()}

    def row(self) -> dict[str, Any]:
        """Return its row in ``annotation.json``."""
        numbers = {name: getattr(self.counts, name) for name in ("lines", "documents", "words", "entities")}
        return {"file": self.file, "sha256": self.sha256, **numbers}

    @classmethod
    def from_json(cls, facts: Mapping[str, Any]) -> "ShardFacts":
        """Restore the shard from a dictionary that `to_json` returned."""
        return cls(int(facts["number"]), str(facts["sha256"]), Counts.from_json(facts))
