"""Do the runs of an experiment with an engine: on a Ray cluster, or as batch jobs of Slurm.

The machines share the folder of the experiment. What is asked of a run while it is active, to save a checkpoint or to
stop, is asked by a file in its folder.
"""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from queue import SimpleQueue
from typing import Any, NamedTuple

from jointre.data.atomic_write import write_text
from jointre.engines.base import Do, Done, Engine, Pool, Tick, Work
from jointre.errors import described
from jointre.experiments.job import Job
from jointre.experiments.state import FAILURE
from jointre.experiments.worker import Worker

SAVE, STOP = ".save", ".stop"
LOOK_SECONDS = 0.5


class Ended(NamedTuple):
    """How the process of a run ended: its exit code, and why it failed."""

    code: int
    failure: str = ""


class RunWork(Work):
    """Does runs, each in a process of its own next to the worker; a task is a line of `Job.line`."""

    def begin(self, device: str | None) -> Do:
        """Return the function that does a run."""
        return _do


def _do(line: str, tick: Tick) -> Ended:
    job = Job.from_line(line)
    worker = Worker(job, 0, None)
    try:
        while (code := worker.poll()) is None:
            if _asked(job.run.folder / SAVE):
                worker.save()
            if _asked(job.run.folder / STOP):
                worker.stop()
            time.sleep(LOOK_SECONDS)
    except BaseException:
        worker.kill()
        raise
    return Ended(code, worker.failure(code) if code else "")


def _asked(file: Path) -> bool:
    """Return whether a file was there, and remove it."""
    try:
        file.unlink()
    except FileNotFoundError:
        return False
    return True


class RemoteRun(Worker):
    """A run that an engine does; for the runner, it is like a process of its own."""

    def __init__(self, job: Job, slot: int, remote: "Remote") -> None:
        self.job, self.slot, self.remote = job, slot, remote
        self.folder = job.run.folder
        self.events: SimpleQueue[dict[str, Any]] = SimpleQueue()
        self.folder.mkdir(parents=True, exist_ok=True)
        for name in (SAVE, STOP):
            (self.folder / name).unlink(missing_ok=True)
        self.key = remote.submit(job)

    def poll(self) -> int | None:
        """Return the exit code; None while the run is active."""
        done = self.remote.done(self.key)
        if done is None:
            return None
        return 1 if done.error is not None else Ended(*done.result).code

    def save(self) -> None:
        """Ask the run to save a checkpoint and continue."""
        write_text(self.folder / SAVE, "")

    def stop(self) -> None:
        """Ask the run to save a checkpoint and stop."""
        write_text(self.folder / STOP, "")

    def kill(self) -> None:
        """Leave the run to the engine, which ends it when it closes."""

    def failure(self, code: int) -> str:
        """Describe why the run failed."""
        done = self.remote.done(self.key)
        assert done is not None
        if done.error is None:
            return Ended(*done.result).failure
        text = str(done.error) or described(done.error)
        write_text(self.folder / FAILURE, f"{text}\n")
        return text


class Remote:
    """Starts runs with an open engine, and collects how they ended."""

    def __init__(self, pool: Pool) -> None:
        self.pool = pool
        self.count = 0
        self.ended: dict[int, Done] = {}

    def __call__(self, job: Job, slot: int, threads: int | None) -> RemoteRun:
        """Start a run; the engine decides about threads."""
        return RemoteRun(job, slot, self)

    def submit(self, job: Job) -> int:
        """Hand over a run, and return its key."""
        self.count += 1
        self.pool.submit(self.count, job.line())
        return self.count

    def done(self, key: int) -> Done | None:
        """Return how a run ended; None while it is active."""
        self.ended.update((done.key, done) for done in self.pool.finished(0.0))
        return self.ended.get(key)


@contextmanager
def remote(engine: Engine) -> Iterator[Remote]:
    """Open an engine for runs."""
    with engine.open(RunWork()) as pool:
        yield Remote(pool)
