"""The output folder of an annotation: begin, continue, refuse or finish it."""

import shutil
from collections.abc import Iterable, Iterator, Mapping, Set
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from jointre.annotation.format import FACTS, PROGRESS, Counts, ShardFacts, finished, shard_name
from jointre.annotation.shard_reader import load_facts, open_annotated
from jointre.data.atomic_write import LOCK, InUse, file_sha256, hold, is_part, remove_parts, write_json
from jointre.errors import Fault, TrainingError, UsageError

DECIDING = ("jointre", "tagger", "input", "options")
REMEDY = "choose another folder, or --force to overwrite it"


@dataclass(frozen=True)
class OutputFolder:
    """The folder to which an annotation is written."""

    root: Path

    def held(self) -> AbstractContextManager[None]:
        """Return a context that locks other processes out of the folder."""
        remedy = "wait for it to end, or choose another folder"
        fault = Fault("another process annotates there", str(self.root), remedy)
        return hold(self.root, "the output folder", InUse("the output folder is in use", [fault]))

    def begin(self, wanted: Mapping[str, Any], force: bool) -> dict[int, ShardFacts] | None:
        """Prepare the folder for new shards.

        Args:
            wanted: everything that determines the documents (`DECIDING`), JSON-ready.
            force: whether to overwrite what is there.

        Returns:
            The shards that an earlier run with the same ``wanted`` has finished, by number; None if all are finished.

        Raises:
            UsageError: the folder contains something else, or another annotation; with all differences.
            DataError: a finished annotation is damaged.
        """
        used = any(entry.name != LOCK and not is_part(entry) for entry in self.root.iterdir())
        if used and not force:
            facts = self._same(wanted)
            if facts["status"] == "complete":
                if facts["shards"]:
                    open_annotated(self.root)
                shutil.rmtree(self.root / PROGRESS, ignore_errors=True)  # a kill may have left it
                self._tidy()
                return None
            self._tidy()
        else:
            self._clear()
            write_json(self.root / FACTS, {"status": "running", **wanted})
        (self.root / PROGRESS).mkdir(exist_ok=True)
        return {number: shard for number, shard in finished(self.root).items() if self._whole(shard)}

    def finish(self, wanted: Mapping[str, Any], labels: Iterable[str], made: Set[int]) -> dict[str, Any]:
        """Write ``annotation.json`` for all shards, and return its contents.

        Args:
            wanted: as for `begin`.
            labels: the entity types that may occur.
            made: numbers of the shards.

        Raises:
            TrainingError: a shard has vanished since it was made.
        """
        counts, rows, there = Counts(), [], finished(self.root)
        lost = made - {number for number, shard in there.items() if self._there(shard)}
        if lost:
            names = ", ".join(shard_name(number) for number in sorted(lost)[:3])
            more = f" and {len(lost) - 3} more" if len(lost) > 3 else ""
            what = f"{names}{more} vanished while the text was annotated ({self.root})"
            raise TrainingError(what, "repeat the command to make the missing shards again")
        for _, shard in sorted(there.items()):
            counts.add(shard.counts)
            rows += [shard.row()] if shard.counts.documents else []
        totals = counts.to_json()
        found = {label: counts.labels[label] for label in sorted({*labels, *totals.pop("labels")})}
        facts = {"status": "complete", **wanted, "labels": found, "counts": totals, "shards": rows}
        write_json(self.root / FACTS, facts)
        shutil.rmtree(self.root / PROGRESS)
        return facts

    def _same(self, wanted: Mapping[str, Any]) -> dict[str, Any]:
        if not (self.root / FACTS).is_file():
            fault = Fault("it is not empty and does not contain an annotation", str(self.root), REMEDY)
            raise UsageError("the output folder is in use", [fault])
        facts = load_facts(self.root)
        faults = [
            Fault(f"{key} was {there!r}, and is {now!r} now", remedy=REMEDY)
            for part in DECIDING
            for key, there, now in _differences(part, facts.get(part), wanted[part])
        ]
        if faults:
            raise UsageError(f"{self.root} contains another annotation", faults)
        return facts

    def _there(self, shard: ShardFacts) -> bool:
        return not shard.sha256 or (self.root / shard.file).is_file()

    def _whole(self, shard: ShardFacts) -> bool:
        return self._there(shard) and (
            not shard.sha256 or file_sha256(self.root / shard.file) == shard.sha256
        )

    def _tidy(self) -> None:
        """Remove the unfinished files of a killed process."""
        remove_parts(self.root)
        remove_parts(self.root / PROGRESS)

    def _clear(self) -> None:
        """Remove an earlier annotation. Other files are not touched."""
        (self.root / FACTS).unlink(missing_ok=True)
        shutil.rmtree(self.root / PROGRESS, ignore_errors=True)
        for shard in self.root.glob("shard-*.jsonl.gz"):
            shard.unlink()
        self._tidy()


def _differences(key: str, there: Any, now: Any) -> Iterator[tuple[str, Any, Any]]:
    """Yield the places at which two JSON values differ, with both values."""
    if isinstance(there, dict) and isinstance(now, dict):
        for name in dict.fromkeys([*there, *now]):
            yield from _differences(f"{key}.{name}", there.get(name), now.get(name))
    elif isinstance(there, list) and isinstance(now, list) and len(there) == len(now):
        for index, (one, other) in enumerate(zip(there, now, strict=True)):
            yield from _differences(f"{key}[{index}]", one, other)
    elif there != now:
        yield key, there, now
