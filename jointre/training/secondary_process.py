"""The processes besides the first: they make the same updates and evaluations, and write nothing."""

from collections.abc import Callable, Iterator
from typing import Any

from jointre.errors import UsageError
from jointre.training.base_updater import BaseUpdater
from jointre.training.checkpoint import Timer, read_checkpoint
from jointre.training.events import Event, Stopped
from jointre.training.interrupts import Interrupts
from jointre.training.run_folder import RunFolder
from jointre.training.state import restore


def follow(events: Callable[[Interrupts, Timer], Iterator[Event]]) -> str:
    """Run a training loop to the end, or until any process is asked to stop; return the status.

    Args:
        events: the loop, which takes the signals of this process, and a timer for checkpoints that never asks for one.

    Raises:
        TrainingError: see the loop.
    """
    status = ""
    with Interrupts() as signals:
        for event in events(signals, Timer(None)):
            if isinstance(event, Stopped):
                status = event.status
    return status


def restored(updater: BaseUpdater[Any], folder: RunFolder) -> dict[str, Any]:
    """Restore an updater from the checkpoint of the first process; return the state of the loop in it.

    Raises:
        UsageError: the checkpoint cannot be read, or does not fit.
    """
    checkpoint = read_checkpoint(folder.checkpoint)
    faults = restore(updater, checkpoint.tensors, checkpoint.facts)
    if faults:
        raise UsageError(f"the checkpoint {folder.checkpoint} cannot be continued from", faults)
    return checkpoint.facts
