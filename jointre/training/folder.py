"""The run folder of a training: what lies where, refused if in use, locked, cleared of an earlier run."""

import json
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout

from jointre.errors import Fault, UsageError
from jointre.serialize import recover, sync
from jointre.training.trouble import writing

LOCK = ".lock"


class InUse(UsageError):
    """Another process trains in the run folder."""


@dataclass(frozen=True)
class RunFolder:
    """Names of what a run writes, beside what its loggers write."""

    root: Path

    @property
    def config(self) -> Path:
        """The filled config."""
        return self.root / "config.cfg"

    @property
    def record(self) -> Path:
        """What the run was made of and ran on, and how it went."""
        return self.root / "run.json"

    @property
    def metrics(self) -> Path:
        """Scores on the dev corpus."""
        return self.root / "metrics.json"

    @property
    def model(self) -> Path:
        """The model folder."""
        return self.root / "model"

    @property
    def steps(self) -> Path:
        """The model folders that a pre-training keeps, by number of updates."""
        return self.root / "steps"

    @property
    def checkpoint(self) -> Path:
        """The state of a training that has not ended."""
        return self.root / "checkpoint.safetensors"

    def refuse_used(self, force: bool) -> None:
        """Refuse a folder that holds something, unless ``force``."""
        folder = self.root
        used = folder.is_dir() and any(entry.name != LOCK for entry in folder.iterdir())
        if folder.is_file() or (used and not force):
            remedy = "choose another --output, or --force to replace it"
            if self.checkpoint.is_file():
                remedy = f"--resume continues the training that was begun there; or {remedy}"
            raise UsageError("the output folder is in use", [Fault("it is not empty", str(folder), remedy)])

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Hold the folder, which is made if it is not there, against all other processes.

        The system lets go of it when this process ends, in whatever way. Within one process it can be held more
        than once.

        Raises:
            InUse: another process holds it.
        """
        with writing("the run folder", self.root):
            self.root.mkdir(parents=True, exist_ok=True)
            lock = FileLock(self.root / LOCK, is_singleton=True, thread_local=False)
            try:
                lock.acquire(timeout=0)
            except Timeout:
                raise self.held() from None
        try:
            yield
        finally:
            lock.release()

    def held(self) -> InUse:
        """The refusal of a folder that another process holds."""
        remedy = "wait for it to end, or choose another --output"
        return InUse(
            "the run folder is in use", [Fault("another process trains there", str(self.root), remedy)]
        )

    @property
    def in_use(self) -> bool:
        """Whether a process holds the folder."""
        if not (self.root / LOCK).exists():
            return False
        try:
            with self.locked():
                return False
        except InUse:
            return True

    def clear(self) -> None:
        """Make the run folder and remove what an earlier run left there; nothing else is touched."""
        self.root.mkdir(parents=True, exist_ok=True)
        self.tidy()
        if (self.model / "meta.json").is_file():
            shutil.rmtree(self.model)
        for step in self.steps.glob("[0-9]*"):
            shutil.rmtree(step)
        for file in (self.checkpoint, self.metrics, self.record):
            file.unlink(missing_ok=True)

    def tidy(self) -> None:
        """Remove what a killed process left half written."""
        recover(self.model)
        for part in self.steps.glob(".*-*"):
            shutil.rmtree(part, ignore_errors=True)
        for part in self.root.glob(".*.part"):
            shutil.rmtree(part) if part.is_dir() else part.unlink()


def read_json(path: Path) -> dict[str, Any]:
    """A JSON file that `write_json` wrote."""
    facts: dict[str, Any] = json.loads(path.read_text(encoding="utf8"))
    return facts


def write_json(path: Path, facts: dict[str, Any]) -> None:
    """Write a JSON file; it replaces an earlier one whole or not at all.

    Raises:
        TrainingError: the disk refuses.
    """
    write_text(path, json.dumps(facts, indent=2, ensure_ascii=False) + "\n")


def write_text(path: Path, text: str) -> None:
    """Write a text file; it replaces an earlier one whole or not at all.

    Raises:
        TrainingError: the disk refuses.
    """
    part = path.with_name(f".{path.name}.part")
    try:
        with writing(path.name, path):
            part.write_text(text, encoding="utf8")
            sync(part)
            os.replace(part, path)
    finally:
        part.unlink(missing_ok=True)
