"""The run folder of a training: what lies where, refused if in use, locked, cleared of an earlier run."""

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

    @property
    def used(self) -> bool:
        """Whether there is something in the folder, or a file in its place."""
        if not self.root.is_dir():
            return self.root.is_file()
        return any(entry.name != LOCK and not is_part(entry) for entry in self.root.iterdir())

    def refuse_used(self, force: bool) -> None:
        """Refuse a folder that holds something, unless ``force``."""
        folder = self.root
        if folder.is_file() or (self.used and not force):
            remedy = "choose another --output, or --force to replace it"
            if self.checkpoint.is_file():
                remedy = f"--resume continues the training that was begun there; or {remedy}"
            raise UsageError("the output folder is in use", [Fault("it is not empty", str(folder), remedy)])

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Hold the folder, which is made if it is not there, against all other processes.

        Raises:
            InUse: another process holds it; see `jointre.data.atomic_write.hold`.
        """
        with hold(self.root, "the run folder", self.held()):
            yield

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
        """Remove what an earlier run left in the folder, but for its record; nothing else is touched."""
        self.tidy()
        if (self.model / "meta.json").is_file():
            shutil.rmtree(self.model)
        for step in self.steps.glob("[0-9]*"):
            shutil.rmtree(step)
        for file in (self.checkpoint, self.metrics, self.config):
            file.unlink(missing_ok=True)

    def tidy(self) -> None:
        """Remove what a killed process left half written."""
        recover(self.model)
        for old in self.steps.glob(".*-old-*"):
            shutil.rmtree(old, ignore_errors=True)
        remove_parts(self.steps)
