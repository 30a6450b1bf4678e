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
    """Yield the batches of workers; raise what failed there."""
    for batch in batches:
        if isinstance(batch, Failed):
            raise batch.error from RuntimeError(f"in a worker process:\n{batch.trace}")
        yield batch
