"""`jointre pretrain`."""

from pathlib import Path
from typing import TYPE_CHECKING

import typer

from jointre.cli.console import err, note, out, print_json, result, state
from jointre.cli.next_step import next_step
from jointre.cli.options import Code, ConfigName, Force, Json, Quiet, Verbose, With
from jointre.cli.output_checks import refuse_folder
from jointre.cli.processes import ProcessCount, in_processes, launched
from jointre.cli.progress import counted
from jointre.cli.train import OutputFolder, OwnDevice, Resume, overrides_of, refuse_both
from jointre.errors import FaultList

if TYPE_CHECKING:
    from jointre.preflight import Use


def pretrain_cmd(
    context: typer.Context,
    config: ConfigName,
    output: OutputFolder = None,
    overlays: With = None,
    code: Code = None,
    device: OwnDevice = None,
    processes: ProcessCount = None,
    resume: Resume = False,
    force: Force = False,
    as_json: Json = False,
    quiet: Quiet = False,
    verbose: Verbose = False,
) -> None:
    """Pre-train the encoders of a model on text with entities, as written by jointre annotate.

    Example: jointre pretrain enpar/pretrain --paths.train annotated --output runs/pretrained
    """
    from jointre.cli.config_argument import config_from

    folder, faults = output or Path("runs") / Path(config).stem, FaultList()
    faults.attempt(refuse_both, resume, force)
    faults.attempt(refuse_folder, folder)
    use: Use | None = None if resume else "pretrain"
    with in_processes(processes) as follows:
        loaded = config_from(context, config, overlays, overrides_of(device), faults, use)
        from jointre.pretraining.run import pretrain
        from jointre.pretraining.setup import refuse_count
        from jointre.rendering.scores import show_learned

        refuse_count(loaded, processes or 1)
        launched(loaded, processes)
        done = pretrain(loaded, folder, force, err(), quiet, resume, counted)
    if follows:
        raise typer.Exit(130 if done.status == "interrupted" else 0)
    if as_json:
        learned = {name: each.to_json() for name, each in done.learned.items()}
        facts = {"status": done.status, "model": str(done.model), "seconds": done.seconds}
        print_json(context, {**facts, "learned": learned})
    elif done.learned and not state.quiet:
        result("What was learned, on held-out documents; accuracies x100:\n")
        show_learned(done.learned, out())
    note(f"\n{done.status} after {done.seconds:.0f} s; model: {done.model}")
    weights = f"--initialize.weights={done.model}"
    note(f"next: {next_step(context, 'train', 'CONFIG', weights, keep=['device', 'code'])}")
    if done.status == "interrupted":
        if loaded["pretraining.save_every"] is not None:
            note("to continue: repeat the command with --resume")
        raise typer.Exit(130)
