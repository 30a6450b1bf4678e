"""The engine that submits batch jobs to Slurm, one for each task."""

import pickle
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from importlib.util import find_spec
from typing import Annotated, Any, Literal

from jointre.attribution import portable
from jointre.engines.base import DeviceNumber, Done, Engine, Pool, Tick, Work, WorkerCount, use_threads
from jointre.errors import Fault, TrainingError, UsageError
from jointre.limits import between
from jointre.registry import registry

POLL_SECONDS = 0.2
LINES = 6  # of the log of a batch job that failed


@registry.engines("jointre.submitit.v1")
class SubmititEngine(Engine):
    """Submits each task as a batch job of Slurm. It suits tasks of minutes or hours, such as the runs of an experiment.

    Jobs end with this process if it can cancel them; what is in the run folders stays. This process and the nodes
    share the folders of the work. It needs submitit: ``pip install 'jointre[submitit]'``.

    Args:
        workers: the number of jobs at the same time; None for one, or one for each device.
        devices: numbers of the GPUs that the jobs share, if they run on one machine.
        cluster: ``slurm``, or ``local`` for processes of this machine.
        folder: for the scripts and logs of the jobs.
        minutes: the time limit of a job.
        cpus: the number of CPUs of a job.
        gpus: the number of GPUs of a job.
        memory_gb: the memory of a job; None for the default of the cluster.
        partition: the partition of Slurm; None for its default.
        account: the account of Slurm; None for its default.
    """

    def __init__(
        self,
        workers: WorkerCount | None = None,
        devices: Sequence[DeviceNumber] = (),
        cluster: Literal["slurm", "local"] = "slurm",
        folder: str = "submitit",
        minutes: Annotated[int, between(1, 525_600)] = 1440,
        cpus: Annotated[int, between(1, 1024)] = 1,
        gpus: Annotated[int, between(0, 64)] = 0,
        memory_gb: Annotated[int, between(1, 65_536)] | None = None,
        partition: str | None = None,
        account: str | None = None,
    ) -> None:
        super().__init__(workers, devices)
        self.cluster, self.folder, self.cpus = cluster, folder, cpus
        given: dict[str, Any] = {
            "timeout_min": minutes,
            "cpus_per_task": cpus,
            "gpus_per_node": gpus,
            "mem_gb": memory_gb,
        }
        given |= {"slurm_partition": partition, "slurm_account": account}
        self.parameters = {key: value for key, value in given.items() if value is not None}

    @contextmanager
    def open(self, work: Work, advance: Tick = lambda count: None) -> Iterator[Pool]:
        """Return a context that submits jobs; see `Engine.open`."""
        if find_spec("submitit") is None:
            fault = Fault("submitit is not installed", "--engine", "pip install 'jointre[submitit]'")
            raise UsageError("the engine cannot be used", [fault])
        import submitit

        try:
            executor = submitit.AutoExecutor(self.folder, cluster=self.cluster)
        except RuntimeError as error:
            fault = Fault(
                f"it cannot submit jobs: {error}", "--engine", "use it where sbatch is, or cluster=local"
            )
            raise UsageError("the engine cannot be used", [fault]) from error
        executor.update_parameters(name="jointre", **self.parameters)
        pool = _Jobs(executor, pickle.dumps(work), self, advance)
        try:
            yield pool
        finally:
            pool.close()


class _Jobs(Pool):
    """The jobs that were submitted and have not ended."""

    def __init__(self, executor: Any, work: bytes, engine: SubmititEngine, advance: Tick) -> None:
        self.executor, self.work, self.engine, self.advance = executor, work, engine, advance
        self.jobs: dict[int, Any] = {}
        self.count = 0

    @property
    def room(self) -> int:
        return self.engine.workers - len(self.jobs)

    def submit(self, key: int, task: Any) -> None:
        device = self.engine.device(self.count)
        self.count += 1
        self.jobs[key] = self.executor.submit(_work, self.work, task, device, self.engine.cpus)

    def finished(self, seconds: float) -> list[Done]:
        end = time.monotonic() + seconds
        while True:
            done = [key for key, job in self.jobs.items() if job.done()]
            left = end - time.monotonic()
            if done or not self.jobs or left <= 0:
                return [self._done(key, self.jobs.pop(key)) for key in done]
            time.sleep(min(POLL_SECONDS, left))

    def close(self) -> None:
        """Cancel the jobs that have not ended."""
        for job in self.jobs.values():
            with suppress(Exception):  # it has ended
                job.cancel()

    def _done(self, key: int, job: Any) -> Done:
        if job.exception() is not None:
            lines = (job.stderr() or "").strip().splitlines()[-LINES:]
            what = "\n".join([f"batch job {job.job_id} ended without a result", *lines])
            return Done(
                key, error=TrainingError(what, f"see {job.paths.stderr}; repeat the command to continue")
            )
        result, error, items = job.result()
        self.advance(items)
        return Done(key, result, error)


def _work(work: bytes, task: Any, device: str | None, threads: int) -> tuple[Any, Exception | None, int]:
    """Do a task in a batch job; return its result, its error, and the number of items that were done."""
    use_threads(threads)
    done = 0

    def tick(count: int) -> None:
        nonlocal done
        done += count

    try:
        loaded: Work = pickle.loads(work)
        return loaded.begin(device)(task, tick), None, done
    except Exception as error:
        return None, portable(error), done
