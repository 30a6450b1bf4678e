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
        TrainingError: see `PretrainingLoop.update`.
    """
    setup.build()
    loop, found = setup.loop, dict[str, Learned]()
    if resume:
        checkpoint = read_checkpoint(folder.checkpoint)
        faults = restore(loop, checkpoint.tensors, checkpoint.facts)
        if faults:
            raise UsageError(f"the checkpoint {folder.checkpoint} cannot be continued from", faults)
    with Interrupts() as interrupts:
        batches = loop.batches()
        while loop.step < loop.total:
            loop.update(batches)
            if loop.due(setup.settings.eval_every):
                found = measured(loop, setup.held_out_batches)
            if loop.step < loop.total and setup.processes.any(interrupts.pending, setup.device):
                return "interrupted", found
    return "complete", found
