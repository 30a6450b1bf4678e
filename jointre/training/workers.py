"""What fails in a process that prepares batches, handed to the process that waits for them.

Torch would hand over a text in place of the exception.
"""

import traceback
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TypeVar

from torch.utils.data import get_worker_info

from jointre.attribution import portable

T = TypeVar("T")


@dataclass(frozen=True)
class Failed:
    """Comes in place of a batch that could not be made."""

    error: Exception
    trace: str


def handed_over(error: Exception) -> Failed:
    """Return what a worker hands over; outside of workers, raise the exception again."""
    if get_worker_info() is None:
        raise error
    return Failed(portable(error), traceback.format_exc())


def opened(batches: Iterator[T | Failed]) -> Iterator[T]:
    """Yield the batches of workers; raise what failed there.

    At the end, also that of an interruption, the workers are stopped at once. Torch stops them when its iterator is
    destroyed, and where the garbage collector does that, they never learn of it: each then costs a minute at exit.
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
