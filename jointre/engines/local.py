"""The engine that uses this machine: this process, or several processes that end with it."""

import multiprocessing
import os
import pickle
import signal
import threading
from collections.abc import Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from multiprocessing.connection import wait as wait_for
from typing import Any

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
    cores,
    use_threads,
)
from jointre.errors import TrainingError
from jointre.registry import registry
from jointre.signals import held_back, leave_signals_to_the_parent

GIVE_UP_SECONDS = 10  # to give up the current task; after that the process ends at once


@registry.engines("jointre.local.v1")
class LocalEngine(Engine):
    """Uses this process for one worker, and a process for each of several.

    The processes share the cores of the machine, unless ``OMP_NUM_THREADS`` is set.

    Args:
        workers: the number of workers; None for one, or one for each device.
        devices: numbers of the GPUs that the workers share; empty for the usual device.
    """

    def __init__(self, workers: WorkerCount | None = None, devices: Sequence[DeviceNumber] = ()) -> None:
        super().__init__(workers, devices)

    @contextmanager
    def open(self, work: Work, advance: Tick = lambda count: None) -> Iterator[Pool]:
        """Return a context with the workers; see `Engine.open`."""
        if self.workers == 1:
            yield _OwnProcess(work, self.device(0), advance)
            return
        context = multiprocessing.get_context("spawn")
        shared = _Shared(context.Value("q", 0), context.Value("i", 0), context.Event())
        devices = [self.device(slot) for slot in range(self.workers)]
        given = (pickle.dumps(work), devices, shared, max(1, cores() // self.workers))
        with ProcessPoolExecutor(self.workers, context, _start, given) as executor:
            try:
                yield _Processes(executor, self.workers, shared, advance)
            finally:
                shared.stop.set()


class _OwnProcess(Pool):
    """Does one task at a time in this process, when its result is asked for."""

    def __init__(self, work: Work, device: str | None, advance: Tick) -> None:
        self.work, self.device, self.advance = work, device, advance
        self.do: Do | None = None
        self.held: list[tuple[int, Any]] = []

    @property
    def room(self) -> int:
        return 1 - len(self.held)

    def submit(self, key: int, task: Any) -> None:
        self.held.append((key, task))

    def finished(self, seconds: float) -> list[Done]:
        held, self.held = self.held, []
        return [self._done(key, task) for key, task in held]

    def _done(self, key: int, task: Any) -> Done:
        try:
            self.do = self.do or self.work.begin(self.device)
            return Done(key, self.do(task, self.advance))
        except Exception as error:
            return Done(key, error=error)


class _Shared:
    """What the processes share: the number of items done, the number of processes begun, a request to stop."""

    def __init__(self, items: Any, slots: Any, stop: Any) -> None:
        self.items, self.slots, self.stop = items, slots, stop


class _Processes(Pool):
    """Does tasks in several processes; one task more than there are processes is handed over ahead."""

    def __init__(self, executor: ProcessPoolExecutor, count: int, shared: _Shared, advance: Tick) -> None:
        self.executor, self.count, self.shared, self.advance = executor, count, shared, advance
        self.pending: dict[Future[Any], int] = {}
        self.before = 0

    @property
    def room(self) -> int:
        return self.count + 1 - len(self.pending)

    def submit(self, key: int, task: Any) -> None:
        try:
            with held_back():  # this starts processes
                self.pending[self.executor.submit(_work, task)] = key
        except BrokenProcessPool as error:
            raise _died() from error

    def finished(self, seconds: float) -> list[Done]:
        done, _ = wait(self.pending, seconds, FIRST_COMPLETED)
        results = [_done(self.pending.pop(future), future) for future in done]
        now = self.shared.items.value
        self.advance(now - self.before)
        self.before = now
        return results


def _done(key: int, future: Future[Any]) -> Done:
    try:
        return Done(key, future.result())
    except BrokenProcessPool as error:
        raise _died() from error
    except Exception as error:
        return Done(key, error=error)


def _died() -> TrainingError:
    remedy = "repeat the command to continue; fewer --workers need less memory"
    return TrainingError("a worker process died, perhaps because memory ran out", remedy)


class Stopped(Exception):
    """The task was given up because the job is to stop."""


class _Worker:
    """What one process keeps between tasks."""

    work: bytes
    devices: Sequence[str | None]
    shared: _Shared
    do: Do | None = None
    working = False
    ended = False

    @classmethod
    def begin(cls) -> Do:
        with cls.shared.slots.get_lock():
            slot = cls.shared.slots.value
            cls.shared.slots.value += 1
        work: Work = pickle.loads(cls.work)
        return work.begin(cls.devices[slot % len(cls.devices)])

    @classmethod
    def tick(cls, items: int) -> None:
        with cls.shared.items.get_lock():
            cls.shared.items.value += items
        if cls.ended or cls.shared.stop.is_set():
            raise Stopped

    @classmethod
    def end(cls, *_: Any) -> None:
        """On SIGTERM, end when the current task has been given up, so that no part of it is left; or at once."""
        if not cls.working:
            os._exit(1)
        cls.ended = True
        if hasattr(signal, "alarm"):
            signal.alarm(GIVE_UP_SECONDS)


def _start(work: bytes, devices: Sequence[str | None], shared: _Shared, threads: int) -> None:
    """Prepare a process. Whatever may fail is left to its first task, whose error is passed on.

    Ctrl-C reaches all processes of a terminal; the parent decides what happens then.
    """
    leave_signals_to_the_parent()
    signal.signal(signal.SIGTERM, _Worker.end)
    use_threads(threads)
    _Worker.work, _Worker.devices, _Worker.shared = work, devices, shared
    threading.Thread(target=_end_with_the_parent, daemon=True).start()


def _end_with_the_parent() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        wait_for([parent.sentinel])
        os._exit(1)


def _work(task: Any) -> Any:
    try:
        _Worker.do = _Worker.do or _Worker.begin()
        _Worker.working = True
        return _Worker.do(task, _Worker.tick)
    except Stopped:
        raise
    except Exception as error:  # an error that cannot be pickled would look like a process that died
        sent = portable(error)
        raise sent from (None if sent is error else error)
    finally:
        _Worker.working = False
        if _Worker.ended:
            os._exit(1)
