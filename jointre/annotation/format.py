"""The form of a folder of annotated shards: names, and ``annotation.json`` in memory."""

import json
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

FORMAT = 1
FACTS = "annotation.json"
PROGRESS = ".progress"  # the counts of finished shards, until all are finished


def shard_name(number: int) -> str:
    """File name of the shard of a number from 0."""
    return f"shard-{number:05d}.jsonl.gz"


@dataclass
class Counts:
    """What was read and what became of it; the sum of two is that of both texts.

    Args:
        lines: lines read. blank: those of them without a visible character.
        texts: sentences or whole lines given to the tagger, or too long for it.
        documents: texts that were kept. left_out: the others by reason.
        words, entities: of the documents kept.
        labels: entities of the documents kept by label.
        not_kept: entities that the labels asked for leave out, by the tagger's label.
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
        """Count what another has counted."""
        for name, value in vars(other).items():
            before = getattr(self, name)
            setattr(self, name, before + value)

    def to_json(self) -> dict[str, Any]:
        """A JSON-ready dictionary; `from_json` restores it."""
        return {
            name: dict(sorted(value.items())) if isinstance(value, Counter) else value
            for name, value in vars(self).items()
        }

    @classmethod
    def from_json(cls, facts: Mapping[str, Any]) -> "Counts":
        """The counts of a dictionary that `to_json` made; other keys in it do not matter."""
        made = cls()
        for name, value in vars(made).items():
            setattr(made, name, type(value)(facts[name]))
        return made


@dataclass(frozen=True)
class ShardFacts:
    """One finished stretch of the input.

    Args:
        number: from 0, in the order of the input.
        sha256: of its file; empty where no text of the stretch was kept, so that there is no file.
        counts: what was read and kept.
    """

    number: int
    sha256: str
    counts: Counts

    @property
    def file(self) -> str:
        """Name of its file."""
        return shard_name(self.number)

    def to_json(self) -> dict[str, Any]:
        """A JSON-ready dictionary; `from_json` restores it."""
        return {"number": self.number, "sha256": self.sha256, **self.counts.to_json()}

    def row(self) -> dict[str, Any]:
        """What ``annotation.json`` says of it."""
        numbers = {name: getattr(self.counts, name) for name in ("lines", "documents", "words", "entities")}
        return {"file": self.file, "sha256": self.sha256, **numbers}

    @classmethod
    def from_json(cls, facts: Mapping[str, Any]) -> "ShardFacts":
        """The shard of a dictionary that `to_json` made."""
        return cls(int(facts["number"]), str(facts["sha256"]), Counts.from_json(facts))


def progress_file(folder: Path, number: int) -> Path:
    """Where the counts of a finished shard lie until all are finished."""
    return folder / PROGRESS / f"{number:05d}.json"


def finished(folder: Path) -> dict[int, ShardFacts]:
    """The shards that an earlier run has finished, by number."""
    found = sorted((folder / PROGRESS).glob("[0-9]*.json"))
    shards = [ShardFacts.from_json(json.loads(file.read_text(encoding="utf8"))) for file in found]
    return {shard.number: shard for shard in shards}
