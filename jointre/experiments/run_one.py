"""Train and score one run in its own process: ``python -m jointre.experiments.run_one``.

The process reads its job from the first line of stdin. It writes events to stdout, one JSON object per line, and
everything else to stderr. Each further line on stdin requests a checkpoint. When stdin ends, the run saves a checkpoint
and stops, so it never outlives the process that started it.
"""

import faulthandler
import gc
import json
import os
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
from jointre.experiments.adopt import adopt
from jointre.experiments.job import Job
from jointre.experiments.results.read import RESULT
from jointre.experiments.score import score
from jointre.experiments.state import FAILURE, trained
from jointre.pretraining.run import pretrain
from jointre.printable import clean_lines
from jointre.system import release_buffers
from jointre.training.child_processes import watch_stdin
from jointre.training.epoch_stats import EpochStats
from jointre.training.progress import TrainingProgress
from jointre.training.run import train
from jointre.training.run_folder import RunFolder

BUSY = 75  # exit code: another process uses the folder
INTERRUPTED = 130
EVENT_SECONDS = 0.5
Send = Callable[..., None]


def execute(job: Job, send: Send) -> int:
    """Train the run unless it is trained, then score it; return the exit code. A pre-training run is not scored.

    If another run has trained the weights, they are taken from its folder.

    Raises:
        InUse: if another process uses the folder.
        JointreError: if the run fails.
    """
    folder = RunFolder(job.run.folder)
    with folder.locked():
        folder.tidy()
        (folder.root / FAILURE).unlink(missing_ok=True)
        if job.overwrite or not trained(folder):
            (folder.root / RESULT).unlink(missing_ok=True)
            if job.run.trained_in is not None:
                send(event="score")
                adopt(job.run.config, folder, RunFolder(job.run.trained_in))
            elif not _train(job, folder, send):
                return INTERRUPTED
            gc.collect()
            release_buffers()
        if not job.run.pretrains:
            send(event="score")
            score(job)
    return 0


def _train(job: Job, folder: RunFolder, send: Send) -> bool:
    """Train or pre-train, from the checkpoint if there is one; return whether that was not interrupted."""
    resume = not job.overwrite and folder.checkpoint.is_file() and folder.record.is_file()
    console = SafeConsole(stderr=True, width=120)
    work = pretrain if job.run.pretrains else train
    done = work(job.run.config, folder.root, not resume, console, resume=resume, progress=_progress(send))
    return done.status != "interrupted"


def _progress(send: Send) -> type[TrainingProgress]:
    class Sent(TrainingProgress):
        """Send events to the parent process in addition to writing the log."""

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
    """Do the job on stdin; return an exit code of the command line, or `BUSY`."""
    faulthandler.enable()
    signals.install()
    events = os.fdopen(os.dup(1), "w", buffering=1, encoding="utf8")
    os.dup2(2, 1)  # output of components belongs in the log

    def send(**event: Any) -> None:
        with suppress(OSError):  # the parent has ended, so stdin ends, too
            events.write(json.dumps(event) + "\n")

    job = Job.from_line(sys.stdin.buffer.readline())
    threading.Thread(target=watch_stdin, daemon=True).start()
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


if __name__ == "__main__":
    sys.exit(main())
