"""A log with one JSON object per line."""

import json
import os
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any, TextIO

import srsly

from jointre.errors import TrainingError
from jointre.loggers.base import Logger, Run
from jointre.registry import registry


@registry.loggers("jointre.jsonl.v1")
class JsonlLogger(Logger):
    """Writes a file in the run folder. Each line has ``step`` and ``seconds`` since the start.

    When a run is resumed, lines that are no longer valid are removed, so the log is that of an undisturbed run.

    Args:
        file: name of the file in the run folder.
    """

    needed = True

    def __init__(self, file: str = "log.jsonl") -> None:
        self.file = file
        self._out: TextIO | None = None

    def start(self, run: Run) -> None:
        """Open a new file, or continue after the lines that are still valid."""
        self._begin = time.perf_counter() - run.seconds
        path = run.folder / self.file
        kept = 0 if run.resumed is None else _standing(path, run.resumed)
        with path.open("ab") as file:
            file.truncate(kept)
        self._out, self._path = path.open("a", encoding="utf8", buffering=1), path
        if not kept:
            lost = {"from_step": run.resumed} if run.resumed else {}
            self._write({"event": "start", "total_steps": run.total_steps, **lost})

    def log(self, step: int, values: Mapping[str, Any]) -> None:
        """Write one line."""
        self._write({"step": step, **values})

    def finish(self, status: str) -> None:
        """Write a last line with the status."""
        try:
            self._write({"event": "finish", "status": status})
            if self._out is not None:
                os.fsync(self._out.fileno())
        finally:
            out, self._out = self._out, None
            if out is not None:
                out.close()

    def lost(self, run: Run) -> str:
        """Return a notice if the file is gone."""
        if not run.resumed or (run.folder / self.file).is_file():
            return ""
        return f"{run.folder / self.file} is gone, and what it held up to update {run.resumed} is lost"

    def ended(self, run: Run, status: str) -> None:
        """Write the last line if it is missing."""
        path = run.folder / self.file
        if path.is_file() and not _finished(path):
            self.start(run)
            self.finish(status)

    def _write(self, values: Mapping[str, Any]) -> None:
        if self._out is None:
            return
        self._refuse_vanished(self._out)
        seconds = round(time.perf_counter() - self._begin, 3)
        self._out.write(srsly.json_dumps({"seconds": seconds, **values}) + "\n")

    def _refuse_vanished(self, out: TextIO) -> None:
        """Check that the file still exists: writing to a removed file raises no error."""
        try:
            cut = self._path.stat().st_size < out.tell()
        except FileNotFoundError:
            cut = True
        if cut:
            raise TrainingError(f"the log has vanished, or lines of it, during the run ({self._path})")


def _finished(path: Path) -> bool:
    last = path.read_bytes().rpartition(b"\n")[0].rpartition(b"\n")[2]
    try:
        return bool(json.loads(last).get("event") == "finish")
    except (ValueError, AttributeError):
        return False


def _standing(path: Path, step: int) -> int:
    """Return the bytes of the first lines that are complete and not later than ``step``; 0 if there is no log."""
    kept = 0
    for line in path.read_bytes().splitlines(keepends=True) if path.is_file() else []:
        try:
            values = json.loads(line)
        except ValueError:
            break
        if not line.endswith(b"\n") or values.get("event") == "finish" or values.get("step", 0) > step:
            break
        kept += len(line)
    return kept
