"""What the processes beside the first do: the same updates and measurements. They write nothing."""

from jointre.errors import UsageError
from jointre.pretraining.evaluate import Learned, measured
from jointre.pretraining.setup import PretrainingSetup
from jointre.training.checkpoint import read_checkpoint
from jointre.training.interrupts import Interrupts
from jointre.training.run_folder import RunFolder
from jointre.training.state import restore


def follow(setup: PretrainingSetup, folder: RunFolder, resume: bool) -> tuple[str, dict[str, Learned]]:
    """Run to the end, or to where any process was asked to stop; returns the status and what was learned.

    Args:
        setup: not built yet.
        folder: of the run, which the first process writes.
        resume: whether its checkpoint is gone on from.

    Raises:
        UsageError: the checkpoint does not fit.
        TrainingError: see `PretrainingUpdater.update`.
    """
    setup.build()
    updater, found = setup.updater, dict[str, Learned]()
    if resume:
        checkpoint = read_checkpoint(folder.checkpoint)
        faults = restore(updater, checkpoint.tensors, checkpoint.facts)
        if faults:
            raise UsageError(f"the checkpoint {folder.checkpoint} cannot be continued from", faults)
    with Interrupts() as interrupts:
        batches = updater.batches()
        while updater.step < updater.total:
            updater.update(batches)
            if updater.due(setup.settings.eval_every):
                found = measured(updater, setup.held_out_batches)
            if updater.step < updater.total and setup.processes.any(interrupts.pending, setup.device):
                return "interrupted", found
    return "complete", found
