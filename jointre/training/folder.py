"""The run folder of a training: what lies where, refused if in use, cleared of an earlier run."""

import json
import os
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from jointre.errors import Fault, UsageError
from jointre.serialize import recover, sync
from jointre.training.trouble import writing


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
    def checkpoint(self) -> Path:
        """The state of a training that has not ended."""
        return self.root / "checkpoint.safetensors"

    def refuse_used(self, force: bool) -> None:
        """Refuse a folder that holds something, unless ``force``."""
        folder = self.root
        if folder.is_file() or (folder.is_dir() and any(folder.iterdir()) and not force):
            remedy = "choose another --output, or --force to replace it"
            if self.checkpoint.is_file():
                remedy = f"--resume continues the training that was begun there; or {remedy}"
            raise UsageError("the output folder is in use", [Fault("it is not empty", str(folder), remedy)])

    def clear(self) -> None:
        """Make the run folder and remove what an earlier run left there; nothing else is touched."""
        self.root.mkdir(parents=True, exist_ok=True)
        self.tidy()
        if (self.model / "meta.json").is_file():
            shutil.rmtree(self.model)
        for file in (self.checkpoint, self.metrics, self.record):
            file.unlink(missing_ok=True)

    def tidy(self) -> None:
        """Remove what a killed process left half written."""
        recover(self.model)
        for part in self.root.glob(".*.part"):
            shutil.rmtree(part) if part.is_dir() else part.unlink()


def write_json(path: Path, facts: dict[str, Any]) -> None:
    """Write a JSON file; it replaces an earlier one whole or not at all.

    Raises:
        TrainingError: the disk refuses.
    """
    part = path.with_name(f".{path.name}.part")
    try:
        with writing(path.name, path):
            part.write_text(json.dumps(facts, indent=2, ensure_ascii=False) + "\n", encoding="utf8")
            sync(part)
            os.replace(part, path)
    finally:
        part.unlink(missing_ok=True)
