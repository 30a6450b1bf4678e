"""One JSON object a line."""

import time
from collections.abc import Mapping
from typing import Any, TextIO

import srsly

from jointre.loggers.base import Logger, Run
from jointre.registry import registry


@registry.loggers("jointre.jsonl.v1")
class JsonlLogger(Logger):
    """Writes ``FILE`` in the run folder; each line has ``step`` and ``seconds`` since the start.

    Args:
        file: name of the file in the run folder.
    """

    def __init__(self, file: str = "log.jsonl") -> None:
        self.file = file
        self._out: TextIO | None = None

    def start(self, run: Run) -> None:
        """Open the file."""
        self._begin = time.perf_counter()
        self._out = (run.folder / self.file).open("w", encoding="utf8", buffering=1)
        self._write({"event": "start", "total_steps": run.total_steps})

    def log(self, step: int, values: Mapping[str, Any]) -> None:
        """One line."""
        self._write({"step": step, **values})

    def finish(self, status: str) -> None:
        """A last line with the status."""
        self._write({"event": "finish", "status": status})
        if self._out is not None:
            self._out.close()
            self._out = None

    def _write(self, values: Mapping[str, Any]) -> None:
        if self._out is not None:
            seconds = round(time.perf_counter() - self._begin, 3)
            self._out.write(srsly.json_dumps({"seconds": seconds, **values}) + "\n")
