"""The run folder: the names of its files, its lock, and how it is cleared."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from jointre.data.atomic_write import LOCK, InUse, hold, is_part, remove_parts
from jointre.errors import Fault, UsageError
from jointre.serialize import recover


@dataclass(frozen=True)
class RunFolder:
    """The files of a run, except those of its loggers."""

    root: Path

    @property
    def config(self) -> Path:
        """The filled config."""
        return self.root / "config.cfg"

    @property
    def record(self) -> Path:
        """What the run was made of, what it ran on, and its status."""
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
        """The model folders that pre-training keeps, by number of updates."""
        return self.root / "steps"

    @property
    def checkpoint(self) -> Path:
        """The state of a run that has not ended."""
        return self.root / "checkpoint.safetensors"

    @property
    def used(self) -> bool:
        """Whether the folder contains anything, or is a file."""
        if not self.root.is_dir():
            return self.root.is_file()
        return any(entry.name != LOCK and not is_part(entry) for entry in self.root.iterdir())

    def refuse_used(self, force: bool) -> None:
        """Refuse a folder that contains anything, unless ``force``.

        Raises:
            UsageError: the folder is not empty.
        """
        folder = self.root
        if folder.is_file() or (self.used and not force):
            remedy = "choose another --output, or --force to overwrite it"
            if self.checkpoint.is_file():
                remedy = f"--resume to continue the run in it; or {remedy}"
            raise UsageError("the output folder is in use", [Fault("it is not empty", str(folder), remedy)])

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Lock all other processes out of the folder, which is created if it does not exist.

        Raises:
            InUse: another process has locked it; see `jointre.data.atomic_write.hold`.
        """
        with hold(self.root, "the run folder", self.held()):
            yield

    def held(self) -> InUse:
        """Return the error for a folder that another process has locked."""
        remedy = "wait for it to end, or choose another --output"
        return InUse(
            "the run folder is in use", [Fault("another process trains there", str(self.root), remedy)]
        )

    @property
    def in_use(self) -> bool:
        """Whether a process has locked the folder."""
        if not (self.root / LOCK).exists():
            return False
        try:
            with self.locked():
                return False
        except InUse:
            return True

    def clear(self) -> None:
        """Remove what an earlier run left in the folder, except its record. Other files are not touched."""
        self.tidy()
        if (self.model / "meta.json").is_file():
            shutil.rmtree(self.model)
        for step in self.steps.glob("[0-9]*"):
            shutil.rmtree(step)
        for file in (self.checkpoint, self.metrics, self.config):
            file.unlink(missing_ok=True)

    def tidy(self) -> None:
        """Remove the unfinished files of a killed process."""
        recover(self.model)
        for old in self.steps.glob(".*-old-*"):
            shutil.rmtree(old, ignore_errors=True)
        remove_parts(self.steps)
