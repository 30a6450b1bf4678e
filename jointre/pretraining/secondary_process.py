"""The processes besides the first: they make the same updates and measurements, and write nothing."""

from jointre.errors import UsageError
from jointre.pretraining.evaluate import Learned
from jointre.pretraining.loop import PretrainingState, pretraining_events
from jointre.pretraining.setup import PretrainingSetup
from jointre.training.checkpoint import Timer, read_checkpoint
from jointre.training.events import Stopped
from jointre.training.interrupts import Interrupts
from jointre.training.run_folder import RunFolder
from jointre.training.state import restore


def follow(setup: PretrainingSetup, folder: RunFolder, resume: bool) -> tuple[str, dict[str, Learned]]:
    """Run to the end, or until any process is asked to stop; return the status and what was learned.

    Args:
        setup: not built yet.
        folder: of the run, which the first process writes.
        resume: whether to continue from its checkpoint.

    Raises:
        UsageError: the checkpoint does not fit.
        TrainingError: see `PretrainingUpdater.update`.
    """
    setup.build()
    state, status = PretrainingState(), ""
    if resume:
        checkpoint = read_checkpoint(folder.checkpoint)
        faults = restore(setup.updater, checkpoint.tensors, checkpoint.facts)
        if faults:
            raise UsageError(f"the checkpoint {folder.checkpoint} cannot be continued from", faults)
        state = PretrainingState.from_json(checkpoint.facts, setup.device)
    with Interrupts() as signals:
        for event in pretraining_events(setup, signals, Timer(None), state):
            if isinstance(event, Stopped):
                status = event.status
    return status, state.learned
