"""The output folder of an annotation."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from jointre.annotation.format import ENDING, FACTS, Counts, ShardFacts
from jointre.annotation.shard_reader import load_facts, open_annotated
from jointre.jobs.ledger import Entry, Ledger


@dataclass(frozen=True)
class OutputFolder(Ledger):
    """The folder to which an annotation is written.

    Args:
        root: the folder.
        labels: the entity types that may occur.
    """

    labels: tuple[str, ...] = ()

    manifest = FACTS
    what = "an annotation"
    working = "annotates"
    meanwhile = "the text was annotated"

    @property
    def ending(self) -> str:
        """The ending of the names of shards."""
        return ENDING

    def load(self) -> dict[str, Any]:
        """Return the contents of ``annotation.json``."""
        return load_facts(self.root)

    def check(self, facts: Mapping[str, Any]) -> None:
        """Raise a DataError if a shard is missing or damaged."""
        if facts["shards"]:
            open_annotated(self.root)

    def facts(self, wanted: Mapping[str, Any], entries: Iterable[Entry]) -> dict[str, Any]:
        """Return the contents of ``annotation.json``."""
        counts, rows = Counts(), []
        for entry in entries:
            shard = ShardFacts.from_json(entry.to_json())
            counts.add(shard.counts)
            rows += [shard.row()] if shard.counts.documents else []
        totals = counts.to_json()
        found = {label: counts.labels[label] for label in sorted({*self.labels, *totals.pop("labels")})}
        return {"status": "complete", **wanted, "labels": found, "counts": totals, "shards": rows}
