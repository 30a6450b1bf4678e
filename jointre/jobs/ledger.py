"""The ledger: the output folder of a job, which knows which shards are finished, and who works on the others."""

import hashlib
import json
import shutil
from abc import ABC, abstractmethod
from collections.abc import Collection, Iterable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

from filelock import BaseFileLock, FileLock, Timeout

from jointre.data.atomic_write import (
    LOCK,
    InUse,
    file_sha256,
    hold,
    is_part,
    remove_parts,
    replacing,
    write_json,
    writing,
)
from jointre.errors import Fault, TrainingError, UsageError
from jointre.jobs.changes import changes

PROGRESS = ".progress"
"""The folder with an entry for each finished shard and the claims on the others, until all are finished."""
MOST_SHARDS = 100_000  # whose names have the same length, so that their order is that of the input
REMEDY = "choose another folder, or --force to overwrite it"
PATIENCE = 60.0  # seconds in which another runner begins or finishes


@dataclass(frozen=True)
class Entry:
    """A finished shard.

    Args:
        number: counted from 0, in the order of the input.
        sha256: of its file; empty if it has none, because nothing was found for it.
        facts: JSON-ready counts.
    """

    number: int
    sha256: str
    facts: Mapping[str, Any]

    def to_json(self) -> dict[str, Any]:
        """Return a JSON-ready dictionary from which `from_json` restores the same entry."""
        return {"number": self.number, "sha256": self.sha256, **self.facts}

    @classmethod
    def from_json(cls, facts: Mapping[str, Any]) -> "Entry":
        """Restore the entry from a dictionary that `to_json` returned."""
        rest = {key: value for key, value in facts.items() if key not in ("number", "sha256")}
        return cls(int(facts["number"]), str(facts["sha256"]), rest)


def shard_name(number: int, ending: str) -> str:
    """Return the file name of a shard, counted from 0."""
    return f"shard-{number:05d}{ending}"


@dataclass(frozen=True)
class Ledger(ABC):
    """The output folder of a job.

    A shard is written completely or not at all, and then its entry. While a runner works on a shard, it holds the
    shard's claim: a lock that the system releases when the process ends, in whatever way. When all shards are finished,
    their entries become the manifest.

    Args:
        root: the folder.

    Attributes:
        manifest: the name of the file that says what is in the folder.
        what: what is in the folder, for messages: "an annotation".
        working: what another process does there, for messages: "annotates".
        meanwhile: during what a shard may vanish, for messages.
    """

    root: Path

    manifest: ClassVar[str]
    what: ClassVar[str]
    working: ClassVar[str]
    meanwhile: ClassVar[str]

    @property
    @abstractmethod
    def ending(self) -> str:
        """The ending of the names of shards."""

    @abstractmethod
    def load(self) -> dict[str, Any]:
        """Return the contents of the manifest; raise a DataError if it cannot be read or has another format."""

    @abstractmethod
    def check(self, facts: Mapping[str, Any]) -> None:
        """Raise a DataError if a shard of a finished job is missing or damaged."""

    @abstractmethod
    def facts(self, wanted: Mapping[str, Any], entries: Iterable[Entry]) -> dict[str, Any]:
        """Return the contents of the manifest of the finished job, for the entries in their order."""

    def held(self, seconds: float = 0.0) -> AbstractContextManager[None]:
        """Return a context that locks other processes out of the folder; wait ``seconds`` for one that is there."""
        remedy = "wait for it to end, or choose another folder"
        fault = Fault(f"another process {self.working} there", str(self.root), remedy)
        refusal = InUse("the output folder is in use", [fault])
        return hold(self.root, "the output folder", refusal, seconds)

    def begin(self, wanted: Mapping[str, Any], force: bool) -> dict[int, Entry] | None:
        """Prepare the folder for new shards.

        Args:
            wanted: everything that determines the shards, JSON-ready, with the ``format`` of the manifest.
            force: whether to overwrite what is there.

        Returns:
            The finished shards of an earlier run with the same ``wanted``, by number; None if all are finished.

        Raises:
            UsageError: the folder contains something else, or the output of another job; with all differences.
            DataError: a finished job is damaged.
        """
        with self.held(PATIENCE):
            used = any(entry.name != LOCK and not is_part(entry) for entry in self.root.iterdir())
            if used and not force:
                facts = self._same(wanted)
                if facts["status"] == "complete":
                    self.check(facts)
                    self._tidy()  # a kill may have left something
                    return None
            else:
                self._clear()
                write_json(self.root / self.manifest, {"status": "running", **wanted})
            self._progress.mkdir(exist_ok=True)
        return {number: entry for number, entry in self.entries().items() if self._whole(entry)}

    def entries(self) -> dict[int, Entry]:
        """Return the shards that are finished, by number."""
        return {entry.number: entry for file in self._files() if (entry := _read(file)) is not None}

    def claim(self, number: int) -> BaseFileLock | None:
        """Return a lock on a shard that nobody has finished or works on, to be released later; else None."""
        lock = FileLock(self._progress / f"{number:05d}.lock", thread_local=False)
        try:
            lock.acquire(timeout=0)
        except Timeout:
            return None
        if _read(self._entry(number)) is None and self.status() != "complete":
            return lock
        lock.release()
        return None

    def status(self) -> str:
        """Return the status in the manifest: ``running`` or ``complete``; empty if there is none."""
        try:
            return str(json.loads((self.root / self.manifest).read_text(encoding="utf8"))["status"])
        except (OSError, ValueError, KeyError, TypeError):
            return ""

    def write(self, number: int, data: bytes | None, facts: Mapping[str, Any]) -> Entry:
        """Write a shard, and then its entry. Both files are written completely or not at all.

        Args:
            number: the shard.
            data: the contents of its file; None for no file.
            facts: the facts of its entry.

        Raises:
            TrainingError: the disk refuses.
        """
        path = self.root / shard_name(number, self.ending)
        if data is not None:
            with writing(path.name, path), replacing(path, "wb") as file:
                file.write(data)
        entry = Entry(number, "" if data is None else hashlib.sha256(data).hexdigest(), facts)
        write_json(self._entry(number), entry.to_json())
        return entry

    def finish(self, wanted: Mapping[str, Any], made: Collection[int]) -> dict[str, Any]:
        """Write the manifest for all shards, and return its contents.

        Args:
            wanted: as for `begin`.
            made: the numbers of all shards.

        Raises:
            TrainingError: a shard has vanished since it was made.
        """
        with self.held(PATIENCE):
            if self.status() == "complete":  # another runner was first
                self._tidy()
                return self.load()
            entries = self.entries()
            lost = set(made) - {number for number, entry in entries.items() if self._there(entry)}
            if lost:
                names = ", ".join(shard_name(number, self.ending) for number in sorted(lost)[:3])
                more = f" and {len(lost) - 3} more" if len(lost) > 3 else ""
                what = f"{names}{more} vanished while {self.meanwhile} ({self.root})"
                raise TrainingError(what, "repeat the command to make the missing shards again")
            facts = self.facts(wanted, [entry for _, entry in sorted(entries.items())])
            write_json(self.root / self.manifest, facts)
            self._tidy()
            return facts

    @property
    def _progress(self) -> Path:
        return self.root / PROGRESS

    def _entry(self, number: int) -> Path:
        return self._progress / f"{number:05d}.json"

    def _files(self) -> list[Path]:
        return sorted(self._progress.glob("[0-9]*.json"))

    def _same(self, wanted: Mapping[str, Any]) -> dict[str, Any]:
        if not (self.root / self.manifest).is_file():
            fault = Fault(f"it is not empty and does not contain {self.what}", str(self.root), REMEDY)
            raise UsageError("the output folder is in use", [fault])
        facts = self.load()
        found = (change for part in wanted for change in changes(part, facts.get(part), wanted[part]))
        faults = [Fault(change, remedy=REMEDY) for change in found]
        if faults:
            raise UsageError(f"{self.root} contains another {self.what.partition(' ')[2]}", faults)
        return facts

    def _there(self, entry: Entry) -> bool:
        return not entry.sha256 or (self.root / shard_name(entry.number, self.ending)).is_file()

    def _whole(self, entry: Entry) -> bool:
        """Return whether a finished shard is as it was written; forget one that is not, so that it is made again."""
        path = self.root / shard_name(entry.number, self.ending)
        if self._there(entry) and (not entry.sha256 or file_sha256(path) == entry.sha256):
            return True
        self._entry(entry.number).unlink(missing_ok=True)
        return False

    def _tidy(self) -> None:
        """Remove the entries and claims, and the unfinished files of killed processes."""
        shutil.rmtree(self._progress, ignore_errors=True)
        remove_parts(self.root)

    def _clear(self) -> None:
        """Remove an earlier job, unless a runner works on it. Other files are not touched."""
        for file in self._progress.glob("*.lock"):
            lock = FileLock(file, thread_local=False)
            try:
                lock.acquire(timeout=0)
            except Timeout:
                fault = Fault(f"another process {self.working} there", str(self.root), "wait for it to end")
                raise InUse("the output folder is in use", [fault]) from None
            lock.release()
        (self.root / self.manifest).unlink(missing_ok=True)
        for shard in self.root.glob("shard-[0-9][0-9][0-9][0-9][0-9].*"):
            shard.unlink()
        self._tidy()


def _read(file: Path) -> Entry | None:
    """Return the entry in a file; None if there is no such file."""
    try:
        return Entry.from_json(json.loads(file.read_text(encoding="utf8")))
    except FileNotFoundError:
        return None
