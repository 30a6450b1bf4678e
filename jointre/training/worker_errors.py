"""Errors in worker processes that prepare batches, passed on to the process that waits for the batches.

Torch would pass on a text instead of the exception.
"""

import traceback
from collections.abc import Generator, Iterator
from dataclasses import dataclass
from typing import TypeVar

from torch.utils.data import get_worker_info

from jointre.attribution import portable

T = TypeVar("T")


@dataclass(frozen=True)
class Failed:
    """Takes the place of a batch that could not be made."""

    error: Exception
    trace: str


def passed_on(error: Exception) -> Failed:
    """Return what a worker passes on in place of a batch; outside of workers, raise the exception again."""
    if get_worker_info() is None:
        raise error
    return Failed(portable(error), traceback.format_exc())


def raise_errors(batches: Iterator[T | Failed]) -> Generator[T, None, None]:
    """Yield the batches from workers; raise the error of a worker that failed.

    Stop the workers when this generator ends, for whatever reason. Torch stops them when its iterator is destroyed, but
    they do not hear of it if the garbage collector destroys it, and then each worker costs a minute at exit.
    """
    try:
        for batch in batches:
            if isinstance(batch, Failed):
                raise batch.error from RuntimeError(f"in a worker process:\n{batch.trace}")
            yield batch
    finally:
        stop = getattr(batches, "_shutdown_workers", None)
        if stop is not None:
            stop()
