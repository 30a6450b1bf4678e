"""One run, in a process of its own: ``python -m jointre.experiments.run_one``.

The job comes as a line on stdin; what happens goes to stdout, an event a line; everything else goes to stderr. Another
line on stdin asks for a checkpoint. Where stdin ends, the run stops with one: so it does not outlive the process that
began it, whatever became of that.
"""

import faulthandler
import gc
import json
import os
import signal
import sys
import threading
import time
import traceback
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Any

from jointre import signals
from jointre.attribution import blames_the_system, failure_of
from jointre.config import import_code
from jointre.console import SafeConsole
from jointre.data.atomic_write import InUse
from jointre.errors import JointreError
from jointre.experiments.job import Job
from jointre.experiments.results.read import RESULT
from jointre.experiments.score import score
from jointre.experiments.state import FAILURE
from jointre.printable import clean_lines
from jointre.system import release_buffers
from jointre.training.epoch_stats import EpochStats
from jointre.training.progress import TrainingProgress
from jointre.training.resume import ENDED
from jointre.training.run import train
from jointre.training.run_folder import RunFolder

BUSY = 75  # exit code: another process works in the folder
INTERRUPTED = 130
EVENT_SECONDS = 0.5
Send = Callable[..., None]


def execute(job: Job, send: Send) -> int:
    """Train what is left to train, then score; returns the exit code.

    Raises:
        InUse: another process works in the folder.
        JointreError: the run failed.
    """
    folder = RunFolder(job.run.folder)
    with folder.locked():
        folder.tidy()
        (folder.root / FAILURE).unlink(missing_ok=True)
        status = "" if job.anew else _status(folder)
        if status not in ENDED:
            (folder.root / RESULT).unlink(missing_ok=True)
            resume = not job.anew and folder.checkpoint.is_file() and folder.record.is_file()
            console = SafeConsole(stderr=True, width=120)
            done = train(
                job.run.config, folder.root, not resume, console, resume=resume, progress=_progress(send)
            )
            if done.status == "interrupted":
                return INTERRUPTED
            del done
            gc.collect()
            release_buffers()
        send(event="score")
        score(job)
    return 0


def _status(folder: RunFolder) -> str:
    """How the training that is there ended, if it did and left a model."""
    try:
        status = str(json.loads(folder.record.read_text(encoding="utf8"))["status"])
    except (OSError, ValueError, KeyError, TypeError):
        return ""
    return status if (folder.model / "meta.json").is_file() else ""


def _progress(send: Send) -> type[TrainingProgress]:
    class Sent(TrainingProgress):
        """Tells the parent, beside the lines for the log."""

        last = 0.0

        def step(self, step: int, stats: EpochStats) -> None:
            super().step(step, stats)
            if time.monotonic() - self.last > EVENT_SECONDS or step == self.total:
                self.last = time.monotonic()
                loss, speed = stats.means()["loss"], stats.speed
                send(event="step", step=step, total=self.total, epoch=stats.epoch + 1, loss=loss, speed=speed)

        def epoch(self, values: Mapping[str, Any]) -> None:
            send(event="epoch", **values)

        def __enter__(self) -> "Sent":
            send(event="train", step=self.done, total=self.total)
            super().__enter__()
            return self

    return Sent


def main() -> int:
    """Do the job on stdin. Exit codes as of the command line, and `BUSY`."""
    faulthandler.enable()
    signals.install()
    events = os.fdopen(os.dup(1), "w", buffering=1, encoding="utf8")
    os.dup2(2, 1)  # what components print belongs into the log

    def send(**event: Any) -> None:
        with suppress(OSError):  # nobody listens any more: the end of stdin says so, too
            events.write(json.dumps(event) + "\n")

    job = Job.from_line(sys.stdin.buffer.readline())
    threading.Thread(target=_heed_stdin, daemon=True).start()
    try:
        for file in job.code:
            import_code(file)
        return execute(job, send)
    except InUse:
        return BUSY
    except KeyboardInterrupt:
        print(signals.INTERRUPTED, file=sys.stderr)
        return INTERRUPTED
    except JointreError as error:
        print(clean_lines(f"error: {error}"), file=sys.stderr)
        send(event="error", error=str(error))
        return error.exit_code
    except (Exception, SystemExit) as error:
        traceback.print_exc()
        send(event="error", error=str(error) if blames_the_system(error) else str(failure_of(error)))
        return 1


def _heed_stdin() -> None:
    while os.read(0, 1024):  # not through sys.stdin, whose lock the interpreter wants when it ends
        for number in signals.SAVING:
            signal.raise_signal(number)
    signal.raise_signal(signal.SIGTERM)


if __name__ == "__main__":
    sys.exit(main())
