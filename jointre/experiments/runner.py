"""Run the jobs of an experiment in parallel, each in its own process."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from functools import partial

from jointre.config.load import with_values
from jointre.config.tree import Origin
from jointre.experiments.job import Job
from jointre.experiments.progress import View, name_of
from jointre.experiments.run_one import BUSY
from jointre.experiments.run_process import forking
from jointre.experiments.spec import Run
from jointre.experiments.state import State, trained
from jointre.experiments.worker import Worker
from jointre.training.child_processes import cores
from jointre.training.interrupts import Interrupts
from jointre.training.run_folder import RunFolder

TICK = 0.1
LOOK_AGAIN = 2.0  # seconds between two looks at a run that another process is working on


@dataclass
class Outcome:
    """The runs that were done, those that failed with the reason, and those that are left."""

    done: list[Run] = field(default_factory=list)
    failed: list[tuple[Run, str]] = field(default_factory=list)
    left: list[Run] = field(default_factory=list)
    interrupted: bool = False

    def __add__(self, other: "Outcome") -> "Outcome":
        """Return the outcome of both."""
        return Outcome(
            self.done + other.done,
            self.failed + other.failed,
            self.left + other.left,
            self.interrupted or other.interrupted,
        )


class Runner:
    """Run jobs in their order.

    Args:
        jobs: the jobs.
        look: returns the current state of a run, which may have changed if two runners work on one experiment.
        view: shows progress.
        workers: maximum number of parallel processes.
        devices: numbers of the GPUs that the workers share; empty to use the devices of the configs.
        start: starts the worker of a job; None for a process of this machine.
    """

    def __init__(
        self,
        jobs: Sequence[Job],
        look: Callable[[Run], State],
        view: View,
        workers: int = 1,
        devices: Sequence[int] = (),
        start: Callable[[Job, int, int | None], Worker] | None = None,
    ) -> None:
        self.queue = list(jobs)
        self.look, self.view, self.start = look, view, start
        self.devices = devices
        self.free = list(range(workers))
        self.threads = max(1, cores() // workers) if workers > 1 else None
        self.working: list[Worker] = []
        self.waiting: dict[str, float] = {}  # folder in use by another process -> when to look again
        self.outcome = Outcome()
        self.interrupts = Interrupts()

    def run(self) -> Outcome:
        """Run all jobs; if one fails, the others continue.

        On Ctrl-C, SIGTERM and SIGHUP, active runs save a checkpoint and stop; on SIGUSR1 they save one and continue.

        Raises:
            KeyboardInterrupt: on a second Ctrl-C; the processes are killed.
        """
        with forking() as start:
            self.start = self.start or partial(Worker, start=start)
            return self._run()

    def _run(self) -> Outcome:
        try:
            with self.interrupts, self.view:
                while self.working or (self.queue and not self.outcome.interrupted):
                    if self.interrupts.pending and not self.outcome.interrupted:
                        self._stop()
                    if self.interrupts.save_asked():
                        self._save()
                    if not self.outcome.interrupted:
                        self._begin()
                    self._watch()
                    time.sleep(TICK)
                self.outcome.interrupted |= self.interrupts.pending and bool(self.queue or self.outcome.left)
        finally:
            for worker in self.working:
                worker.kill()
        self.outcome.left += [job.run for job in self.queue]
        return self.outcome

    def _stop(self) -> None:
        self.outcome.interrupted = True
        if self.working:
            self.view.say("stopping: active runs save a checkpoint; press Ctrl-C again to kill them")
        for worker in self.working:
            worker.stop()

    def _save(self) -> None:
        if self.working:
            self.view.say("active runs save a checkpoint and continue")
        for worker in self.working:
            worker.save()

    def _begin(self) -> None:
        for job in list(self.queue):
            if not self.free:
                return
            if self._can_begin(job):
                self.queue.remove(job)
                slot = self.free.pop(0)
                assert self.start is not None
                self.working.append(self.start(self._placed(job, slot), slot, self._threads(job)))
                self.view.begin(job.run)

    def _can_begin(self, job: Job) -> bool:
        """Return whether a run can start now; a run that is done or cannot be done leaves the queue."""
        folder = str(job.run.folder)
        if time.monotonic() < self.waiting.get(folder, 0.0):
            return False
        if job.run.needs is not None and not self._has_weights(job):
            return False
        state = self.look(job.run)
        if state.status == "running":
            if folder not in self.waiting:
                self.view.say(f"another process is working on {folder}: it is checked again later")
            self.waiting[folder] = time.monotonic() + LOOK_AGAIN
            return False
        if state.status == "complete" and not state.faults:
            self.queue.remove(job)
            self._done(job.run, "done by another process")
            return False
        if state.faults and not job.overwrite:
            self.queue.remove(job)
            self._failed(job.run, "\n".join(map(str, state.faults)))
            return False
        return True

    def _has_weights(self, job: Job) -> bool:
        """Return whether the run that this one needs has ended; if it failed, this one leaves the queue as failed."""
        folder = job.run.needs
        jobs = [*self.queue, *(worker.job for worker in self.working)]
        if any(other.run.folder == folder for other in jobs):
            return False
        failed = [
            run for run, _ in self.outcome.failed if run.folder == folder and not trained(RunFolder(folder))
        ]
        if failed:
            self.queue.remove(job)
            self._failed(job.run, f"{name_of(failed[0])} failed")
        return not failed

    def _placed(self, job: Job, slot: int) -> Job:
        if not self.devices:
            return job
        device = f"cuda:{self.devices[slot % len(self.devices)]}"
        config = with_values(
            job.run.config, {("system", "device"): device}, Origin("override", "--system.device")
        )
        return replace(job, run=replace(job.run, config=config))

    def _threads(self, job: Job) -> int | None:
        return None if job.run.config["system.threads"] else self.threads

    def _watch(self) -> None:
        for worker in list(self.working):
            code = worker.poll()
            while not worker.events.empty():
                self.view.event(worker.job.run, worker.events.get())
            if code is not None:
                self.working.remove(worker)
                self.free = sorted([*self.free, worker.slot])
                self._ended(worker, code)
        self.view.tick(len(self.queue))

    def _ended(self, worker: Worker, code: int) -> None:
        run = worker.job.run
        if code == 0:
            self._done(run)
        elif self.outcome.interrupted or self.interrupts.pending:  # a batch system signals all processes
            self.outcome.left.append(run)
            self.view.end(run, "interrupted")
        elif code == BUSY:
            self.queue.insert(0, worker.job)
            self.view.end(run, "")
        else:
            self._failed(run, worker.failure(code))

    def _done(self, run: Run, how: str = "done") -> None:
        self.outcome.done.append(run)
        self.view.end(run, how)

    def _failed(self, run: Run, error: str) -> None:
        self.outcome.failed.append((run, error))
        self.view.end(run, "failed", error)
