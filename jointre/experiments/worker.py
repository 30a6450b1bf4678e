"""Start and watch the process of one run."""

import json
import threading
from collections import deque
from contextlib import suppress
from pathlib import Path
from queue import SimpleQueue
from typing import Any

from jointre.data.atomic_write import write_text
from jointre.errors import TrainingError
from jointre.experiments.job import Job
from jointre.experiments.run_process import Start, new_interpreter
from jointre.experiments.state import FAILURE, LOG
from jointre.training.child_processes import SAVE, environment

TAIL = 6  # lines of the log to show for a failed run


class Worker:
    """A process for one job; it starts at once.

    Args:
        job: the run to train and score.
        slot: number of the worker among the active ones, from 0.
        threads: maximum number of CPU threads; None for no limit.
        start: starts the process.
    """

    def __init__(self, job: Job, slot: int, threads: int | None, start: Start = new_interpreter) -> None:
        self.job, self.slot = job, slot
        self.folder = job.run.folder
        self.error = ""
        self.events: SimpleQueue[dict[str, Any]] = SimpleQueue()
        self.folder.mkdir(parents=True, exist_ok=True)
        with (self.folder / LOG).open("ab" if not job.overwrite else "wb") as log:
            self._process = start(environment(threads), log)
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()
        assert self._process.stdin is not None
        with suppress(OSError):  # the process has ended; its exit code says why
            self._process.stdin.write(job.line().encode() + b"\n")
            self._process.stdin.flush()

    def poll(self) -> int | None:
        """Return the exit code; None while the process is running."""
        code = self._process.poll()
        if code is not None:
            self.stop()
            self._reader.join(timeout=2.0)
        return code

    def save(self) -> None:
        """Ask the process to save a checkpoint and continue."""
        assert self._process.stdin is not None
        with suppress(OSError, ValueError):  # the process has ended or is stopping
            self._process.stdin.write(SAVE)
            self._process.stdin.flush()

    def stop(self) -> None:
        """Ask the process to save a checkpoint and stop."""
        assert self._process.stdin is not None
        with suppress(OSError):
            self._process.stdin.close()

    def kill(self) -> None:
        """Kill the process."""
        self.stop()
        self._process.kill()
        self._process.wait()
        self._reader.join(timeout=2.0)

    def failure(self, code: int) -> str:
        """Describe why the process failed, and write the description to ``failure.txt``."""
        text = self.error or _last_lines(self.folder / LOG)
        if code < 0:
            hint = " (out of memory?)" if code == -9 else ""
            text = f"the process was killed by signal {-code}{hint}" + (f"\n{text}" if text else "")
        text = text or f"the process ended with exit code {code}"
        with suppress(TrainingError):
            write_text(self.folder / FAILURE, text + "\n")
        return text

    def _read(self) -> None:
        assert self._process.stdout is not None
        with self._process.stdout as lines:
            for line in lines:
                with suppress(ValueError):
                    event = json.loads(line)
                    if event.get("event") == "error":
                        self.error = str(event["error"])
                    self.events.put(event)


def _last_lines(log: Path) -> str:
    """Return the last lines of a log."""
    with suppress(OSError), log.open(encoding="utf8", errors="replace") as file:
        return "".join(deque((line for line in file if line.strip()), TAIL)).strip()
    return ""
