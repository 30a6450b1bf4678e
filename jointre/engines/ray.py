"""The engine that uses Ray: actors on this machine or on a cluster, each with its own model."""

import os
import pickle
import signal
import socket
import time
from collections import deque
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from importlib.util import find_spec
from typing import Annotated, Any

from jointre.attribution import portable
from jointre.engines.base import (
    DeviceNumber,
    Do,
    Done,
    Engine,
    Pool,
    Tick,
    Work,
    WorkerCount,
    use_threads,
)
from jointre.errors import Fault, TrainingError, UsageError, first_line
from jointre.limits import between
from jointre.registry import registry

PLACE_SECONDS = 8.0  # in which the cluster must have room for all workers
FIND_SECONDS = 5.0  # in which a cluster must answer
STARTS = 3  # attempts to start Ray, which gives up after 30 seconds of its own
AHEAD = 2  # tasks that an actor has: one in progress, one waiting
DEATHS = 3  # of actors with the same task, after which the task is taken to kill them
HERE = "127.0.0.1"
RETRY = "repeat the command to continue"


@registry.engines("jointre.ray.v1")
class RayEngine(Engine):
    """Uses actors of Ray. Ray computes; tasks and results pass through this process, so nodes share no folder but the
    model's.

    Without an address, Ray is started on this machine and ends with this process. It needs ray: ``pip install
    'jointre[ray]'``, also on the nodes, with jointre in the same version.

    Args:
        workers: the number of actors; None for one, or one for each device.
        devices: numbers of the GPUs of this machine that the actors share; empty for no GPU.
        address: of a running cluster, ``auto`` for that of this machine; None for ``RAY_ADDRESS`` or a new one.
        gpus: the number of GPUs of each actor, if ``devices`` does not say it.
        cpus: the number of CPUs and threads of each actor; None for one, or if Ray is started here, for an equal share.
    """

    def __init__(
        self,
        workers: WorkerCount | None = None,
        devices: Sequence[DeviceNumber] = (),
        address: str | None = None,
        gpus: Annotated[float, between(0, 64)] = 0.0,
        cpus: Annotated[int, between(1, 1024)] | None = None,
    ) -> None:
        super().__init__(workers, devices)
        self.address = address or os.environ.get("RAY_ADDRESS") or None
        self.cpus = cpus
        self.gpus = min(1.0, len(self.devices) / self.workers) if self.devices else gpus

    @contextmanager
    def open(self, work: Work, advance: Tick = lambda count: None) -> Iterator[Pool]:
        """Return a context with the actors; see `Engine.open`."""
        if find_spec("ray") is None:
            fault = Fault("Ray is not installed", "--engine", "pip install 'jointre[ray]'")
            raise UsageError("the engine cannot be used", [fault])
        import ray

        began = not ray.is_initialized()
        if began:
            self._start()
        try:
            with self._placed() as (group, threads):
                pool = _Actors(pickle.dumps(work), self.workers, group, threads, self.gpus, advance)
                try:
                    yield pool
                finally:
                    pool.close()
        except ray.exceptions.RaySystemError as error:
            raise TrainingError(f"Ray failed: {first_line(error)}", RETRY) from error
        finally:
            if began:
                ray.shutdown()

    def _start(self) -> None:
        """Connect to the cluster, or start Ray here; its own limit of 30 seconds is too short for a busy machine."""
        import ray

        options: dict[str, Any] = {
            "log_to_driver": False,
            "logging_level": "error",
            "configure_logging": True,
        }
        if self.address is None:
            os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
            options |= {"include_dashboard": False, "_node_ip_address": HERE}
            if self.devices:
                os.environ["CUDA_VISIBLE_DEVICES"] = ",".join(map(str, self.devices))
                options["num_gpus"] = len(self.devices)
        else:
            options["address"] = self.address
            _find(self.address)
        for attempt in range(1, STARTS + 1):
            try:
                with _same_signals():
                    ray.init(**options)
                return
            except Exception as error:  # Ray raises errors of many kinds
                ray.shutdown()
                if attempt == STARTS or isinstance(error, ConnectionError | ValueError):
                    where = f"at {self.address}" if self.address else "on this machine"
                    remedy = (
                        "wait until the machine is less busy, or check the address; then repeat the command"
                    )
                    what = f"Ray cannot be used {where} (attempt {attempt} of {STARTS}): {first_line(error)}"
                    raise TrainingError(what, remedy) from error
                time.sleep(attempt)

    @contextmanager
    def _placed(self) -> Iterator[tuple[Any, int]]:
        """Reserve the CPUs and GPUs of all actors at once; yield the reservation and the CPUs of an actor.

        Raises:
            TrainingError: there is no room for them.
        """
        import ray
        from ray.util.placement_group import placement_group, remove_placement_group

        share = 1 if self.address else int(ray.cluster_resources().get("CPU", 1)) // self.workers
        threads = self.cpus or max(1, share)
        bundle = {"CPU": float(threads)} | ({"GPU": self.gpus} if self.gpus else {})
        group = placement_group([bundle] * self.workers)
        try:
            if not group.wait(PLACE_SECONDS):
                have, free = ray.cluster_resources(), ray.available_resources()
                wanted = ", ".join(f"{count * self.workers:g} {name}" for name, count in bundle.items())
                there = ", ".join(
                    f"{free.get(name, 0.0):g} of {have.get(name, 0.0):g} {name}" for name in bundle
                )
                what = f"Ray has no room for {self.workers} workers: they need {wanted}, and {there} are free"
                raise TrainingError(what, "choose fewer --workers, or wait for other work to end")
            yield group, threads
        finally:
            with suppress(Exception):  # the cluster is gone
                remove_placement_group(group)


def _find(address: str) -> None:
    """Refuse an address where nothing answers; Ray would try for many minutes.

    Raises:
        TrainingError: nothing answers.
    """
    host, colon, port = address.removeprefix("ray://").rpartition(":")
    if not colon or not port.isdecimal():
        return
    try:
        socket.create_connection((host.strip("[]"), int(port)), timeout=FIND_SECONDS).close()
    except OSError as error:
        what = f"Ray cannot be used at {address}: {first_line(error)}"
        raise TrainingError(what, "check the address; then repeat the command") from error


@contextmanager
def _same_signals() -> Iterator[None]:
    """Restore the handlers of signals that Ray replaces."""
    numbers = (signal.SIGINT, signal.SIGTERM)
    before = {number: signal.getsignal(number) for number in numbers}
    try:
        yield
    finally:
        with suppress(ValueError):  # not in the main thread
            for number, handler in before.items():
                signal.signal(number, handler)


class _Actor:
    """What an actor keeps between tasks; its errors are results, so that Ray's are those of Ray itself."""

    def __init__(self, work: bytes, threads: int, device: str | None) -> None:
        use_threads(threads)
        self.work, self.device = work, device
        self.do: Do | None = None

    def run(self, task: Any) -> tuple[Any, Exception | None, int]:
        """Return the result of a task, its error, and the number of items that were done."""
        done = 0

        def tick(count: int) -> None:
            nonlocal done
            done += count

        try:
            if self.do is None:
                work: Work = pickle.loads(self.work)
                self.do = work.begin(self.device)
            return self.do(task, tick), None, done
        except Exception as error:
            return None, portable(error), done


class _Actors(Pool):
    """Hands tasks to actors, and replaces actors that die."""

    def __init__(self, work: bytes, count: int, group: Any, threads: int, gpus: float, advance: Tick) -> None:
        self.work, self.group, self.threads, self.gpus = work, group, threads, gpus
        self.advance = advance
        self.actors = [self._actor(slot) for slot in range(count)]
        self.busy = [0] * count
        self.pending: dict[Any, tuple[int, int, Any]] = {}  # Ray's reference -> slot, key, task
        self.deaths: dict[int, int] = {}
        self.again: deque[tuple[int, Any]] = deque()

    @property
    def room(self) -> int:
        return AHEAD * len(self.actors) - len(self.pending) - len(self.again)

    def submit(self, key: int, task: Any) -> None:
        slot = min(range(len(self.actors)), key=self.busy.__getitem__)
        reference = self.actors[slot].run.remote(task)
        self.pending[reference] = slot, key, task
        self.busy[slot] += 1

    def finished(self, seconds: float) -> list[Done]:
        import ray

        while self.again:
            self.submit(*self.again.popleft())
        if not self.pending:
            return []
        done, _ = ray.wait(list(self.pending), num_returns=1, timeout=seconds)
        return [found for reference in done for found in self._result(reference)]

    def close(self) -> None:
        """End the actors."""
        import ray

        for actor in self.actors:
            with suppress(Exception):  # it has ended
                ray.kill(actor)

    def _result(self, reference: Any) -> list[Done]:
        """Return a task that was done, nothing if its actor died."""
        import ray

        slot, key, task = self.pending.pop(reference)
        self.busy[slot] -= 1
        try:
            result, error, items = ray.get(reference)
        except (ray.exceptions.RayActorError, ray.exceptions.ObjectLostError) as died:
            self._replace(slot, key, task, died)
            return []
        self.advance(items)
        return [Done(key, result, error)]

    def _replace(self, slot: int, key: int, task: Any, died: Exception) -> None:
        """Start another actor in the place of one that died; its tasks are handed over again."""
        self.deaths[key] = self.deaths.get(key, 0) + 1
        if self.deaths[key] >= DEATHS:
            remedy = f"{RETRY}; fewer --workers need less memory"
            raise TrainingError(
                f"{DEATHS} workers died, perhaps because memory ran out: {first_line(died)}", remedy
            ) from died
        self.again.append((key, task))
        if self.busy[slot] == 0:  # the last of its tasks
            self.actors[slot] = self._actor(slot)

    def _actor(self, slot: int) -> Any:
        import ray
        from ray.util.scheduling_strategies import PlacementGroupSchedulingStrategy

        place = PlacementGroupSchedulingStrategy(self.group, placement_group_bundle_index=slot)
        options = {"num_cpus": self.threads, "num_gpus": self.gpus, "scheduling_strategy": place}
        device = "cuda:0" if self.gpus else None
        return ray.remote(_Actor).options(**options).remote(self.work, self.threads, device)
