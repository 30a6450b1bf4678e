"""`jointre train`."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from jointre.cli.console import err, note, out, print_json, result, state
from jointre.cli.next_step import TEXT, corpus_words, next_step
from jointre.cli.options import Code, ConfigName, Force, Json, Quiet, Reader, TuneThreshold, Verbose, With
from jointre.cli.output_checks import refuse_folder
from jointre.cli.processes import ProcessCount, in_processes, launched
from jointre.errors import INVALID, Fault, FaultList, UsageError

if TYPE_CHECKING:
    from jointre.preflight import Use

OutputFolder = Annotated[
    Path | None, typer.Option("--output", "-o", help="Run folder. Default: runs/NAME.", metavar="DIR")
]
OwnDevice = Annotated[
    str | None, typer.Option("--device", help="auto, cpu, cuda or cuda:N.", metavar="DEVICE")
]
Resume = Annotated[
    bool, typer.Option("--resume", help="Continue a stopped or killed run; the final weights are identical.")
]


def train_cmd(
    context: typer.Context,
    config: ConfigName,
    output: OutputFolder = None,
    overlays: With = None,
    reader: Reader = None,
    code: Code = None,
    device: OwnDevice = None,
    processes: ProcessCount = None,
    tune_threshold: TuneThreshold = None,
    resume: Resume = False,
    force: Force = False,
    as_json: Json = False,
    quiet: Quiet = False,
    verbose: Verbose = False,
) -> None:
    """Train a model. Set any value of the config with --section.key=value.

    Example: jointre train quickstart --output runs/first
    """
    from jointre.cli.config_argument import config_from

    folder, faults = output or Path("runs") / Path(config).stem, FaultList()
    faults.attempt(refuse_both, resume, force)
    faults.attempt(refuse_folder, folder)
    tuning = {} if tune_threshold is None else {"training.tune_threshold": tune_threshold}
    use: Use | None = None if resume else "train"
    given = {**overrides_of(device), **tuning}
    with in_processes(processes) as follows:
        loaded = config_from(context, config, overlays, given, faults, use, reader)
        launched(loaded, processes)
        from jointre.cli.progress import counted
        from jointre.training.run import train

        done = train(loaded, folder, force, err(), quiet, resume, counting=counted)
    if follows:
        raise typer.Exit(130 if done.status == "interrupted" else 0)
    if as_json:
        facts = {"status": done.status, "model": str(done.model), "seconds": done.seconds}
        print_json(context, {**facts, "scores": done.scores})
    elif done.metrics and not state.quiet:
        from jointre.rendering.scores import show_scores

        result("Scores on the dev corpus, x100:\n")
        show_scores(done.metrics, out())
    note(f"\n{done.status} after {done.seconds:.0f} s; model: {done.model}")
    kept = ["device", "code"]
    if corpus := corpus_words(loaded, "test", "dev"):
        note(f"next: {next_step(context, 'evaluate', done.model, *corpus, keep=kept)}")
    else:
        note(f"next: {TEXT} {next_step(context, 'predict', done.model, '-', keep=kept)}")
    if done.status == "interrupted":
        if loaded["training.checkpoint_every"] is not None:
            note("to continue: repeat the command with --resume")
        raise typer.Exit(130)


def refuse_both(resume: bool, force: bool) -> None:
    """Refuse --resume together with --force.

    Raises:
        UsageError: both were given.
    """
    if resume and force:
        fault = Fault("--resume continues the run that --force would overwrite", remedy="keep one of the two")
        raise UsageError(INVALID, [fault])


def overrides_of(device: str | None) -> dict[str, Any]:
    """Return the config override that --device stands for."""
    return {} if device is None else {"system.device": device}
