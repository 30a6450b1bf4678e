"""Engine: the contract of everything that does the tasks of a job with one or more workers."""

import os
from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Annotated, Any, TypeAlias

from jointre.limits import Limited, between

Tick: TypeAlias = Callable[[int], None]
"""Called with the number of items that were done since the last call, so that progress is seen within a task."""
Do: TypeAlias = Callable[[Any, Tick], Any]
"""Does one task and returns its result."""


WorkerCount = Annotated[int, between(1, 4096)]
DeviceNumber = Annotated[int, between(0, 1023)]


class Work(ABC):
    """What a worker does. It is pickled for each worker, so it holds plain data; ``begin`` loads what is large."""

    @abstractmethod
    def begin(self, device: str | None) -> Do:
        """Prepare a worker and return the function that does a task.

        Tasks, results and errors are pickled.

        Args:
            device: the device that the engine chose for this worker; None for the usual one.
        """


@dataclass(frozen=True)
class Done:
    """A task that was done: its key and its result, or its error."""

    key: int
    result: Any = None
    error: Exception | None = None

    def value(self) -> Any:
        """Return the result; raise the error if there is one."""
        if self.error is not None:
            raise self.error
        return self.result


class Pool(ABC):
    """The workers of an open engine."""

    @property
    @abstractmethod
    def room(self) -> int:
        """The number of tasks to submit now, so that no worker is idle and few tasks wait."""

    @abstractmethod
    def submit(self, key: int, task: Any) -> None:
        """Hand over a task.

        Args:
            key: names the task in `finished`.
            task: what the workers' function takes.
        """

    @abstractmethod
    def finished(self, seconds: float) -> list[Done]:
        """Return the tasks that were done since the last call, in any order.

        Args:
            seconds: maximum time to wait for the first of them.

        Raises:
            TrainingError: no task can be done any more, because a worker died and cannot be replaced.
        """


class Engine(Limited, ABC):
    """Opens a pool of workers. What a worker computes depends on the work and the task alone, not on the engine.

    Args:
        workers: the number of workers; None for one, or one for each device.
        devices: numbers of the GPUs that the workers share; empty for the usual device.
    """

    def __init__(self, workers: WorkerCount | None = None, devices: Sequence[DeviceNumber] = ()) -> None:
        self.devices = tuple(devices)
        self.workers = workers or len(self.devices) or 1

    @abstractmethod
    def open(self, work: Work, advance: Tick = lambda count: None) -> AbstractContextManager[Pool]:
        """Return a context with workers, which end with it, and with this process in whatever way that ends.

        Args:
            work: what the workers do.
            advance: is called in this process with the number of items done since the last call.

        Raises:
            RefusedError: the engine cannot be used here.
            TrainingError: the workers cannot be started.
        """

    def device(self, slot: int) -> str | None:
        """Return the device of a worker, which counts from 0."""
        return f"cuda:{self.devices[slot % len(self.devices)]}" if self.devices else None


def cores() -> int:
    """Return the number of CPU cores that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def use_threads(count: int) -> None:
    """Limit the threads of libraries that are not yet imported, unless the user has done so."""
    os.environ.setdefault("OMP_NUM_THREADS", str(count))
