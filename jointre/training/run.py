"""One training run, from a filled config to a model folder."""

import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from rich.console import Console

from jointre.config import Config, resolve
from jointre.config.schema import TrainingSettings
from jointre.console import SafeConsole
from jointre.counting import Counting, silent
from jointre.data.strict_read import load_json
from jointre.metrics.base import Metric
from jointre.training.claim_folder import Claim, claimed
from jointre.training.epoch_stats import EpochStats
from jointre.training.events import BatchesSplit, CheckpointDue, Report, Step, Stopped
from jointre.training.finish import finish, save
from jointre.training.interrupts import Interrupts
from jointre.training.loop import training_events
from jointre.training.processes import Processes
from jointre.training.progress import TrainingProgress
from jointre.training.recorder import Recorder
from jointre.training.resume import ENDED, complete_ended
from jointre.training.run_folder import RunFolder
from jointre.training.run_record import compared, made_of
from jointre.training.secondary_process import follow, restored
from jointre.training.setup import Setup


@dataclass
class TrainResult:
    """How a run ended.

    Args:
        status: ``complete``, ``stopped early`` or ``interrupted``.
        model: the model folder.
        seconds: that the run took, in all its parts.
        scores: on dev, JSON-ready.
        metrics: the same scores as objects, if they are those of the state that was kept.
    """

    status: str
    model: Path
    seconds: float
    scores: dict[str, Any] = field(default_factory=dict)
    metrics: list[Metric] = field(default_factory=list)


def train(
    config: Config,
    output: Path,
    force: bool = False,
    console: Console | None = None,
    quiet: bool = False,
    resume: bool = False,
    progress: type[TrainingProgress] = TrainingProgress,
    counting: Counting = silent,
) -> TrainResult:
    """Train a model.

    Under ``accelerate launch`` or ``torchrun`` all processes call this function alike; only the first one writes.

    Args:
        config: from `jointre.load_config`.
        output: run folder, for ``config.cfg``, ``run.json``, ``metrics.json``, logs and ``model/``.
        force: replace an existing run.
        console: where progress is shown; stderr by default.
        quiet: show nothing.
        resume: continue the run in the folder exactly; leave it as it is if it has ended.
        progress: the class that shows progress.
        counting: counts the documents that each step has read, before the first update; shows nothing by default.

    Raises:
        RefusedError: the config, the data or the output folder is refused, before anything is written.
        InUse: another process trains in the folder.
        TrainingError: a loss is not finite, or memory or disk space is too small.
        KeyboardInterrupt: Ctrl-C was pressed again while the first one waited for the end of an update.
    """
    console = console or SafeConsole(stderr=True)
    folder, processes = RunFolder(output), Processes.joined(resolve(config, "system"))
    if processes.number:
        return _follow(config, folder, processes)
    with claimed(folder, force, resume) as claim:
        processes.collect(claim.earlier)
        if claim.ended:
            return _already_ended(config, claim, console, quiet)
        (setup, recorder, stats), made = processes.together(
            lambda: _prepare(config, claim, processes, counting)
        )
        processes.refuse_differences(made)
        claim.take()
        updater, signals, latest, status = setup.updater, Interrupts(), None, ""
        bar = progress(updater.total, console, quiet, updater.step)
        with recorder.running(updater, bar.say) as notices, signals, bar:
            for notice in [*setup.notices, *notices]:
                bar.say(notice)
            for event in training_events(setup, signals, recorder.timer, stats):
                match event:
                    case Step(step, stats):
                        bar.step(step, stats)
                    case BatchesSplit(parts, reason):
                        recorder.record["batch_parts"] = parts
                        bar.say(f"out of memory: batches are computed in {parts} parts now ({reason})")
                        recorder.log(updater.step, {"batch_parts": parts})
                    case Report(step, values, line, scores, keep):
                        if keep:
                            save(setup, recorder, {"status": "running", "updates": step, "scores": scores})
                            recorder.best_kept = True
                        bar.say(line)
                        bar.epoch(values)
                        recorder.log(step, values)
                        latest = event
                    case CheckpointDue():
                        recorder.checkpoint(event, updater, bar.say)
                    case Stopped(status):
                        break
            recorder.refuse_vanished()
            dev = finish(setup, recorder, status, latest, bar.say)
            recorder.finish(status, updater.step)
        return TrainResult(status, recorder.folder.model, recorder.seconds, dict(dev.scores), dev.tables)


def _prepare(
    config: Config, claim: Claim, processes: Processes, counting: Counting
) -> tuple[tuple[Setup, Recorder, EpochStats], dict[str, Any]]:
    """Build everything, and restore it from the checkpoint of a run to resume; return what it was made of, too."""
    setup = Setup(config, claim.earlier is not None, processes, counting)
    made, settings = made_of(config, setup.corpora, processes.count), setup.settings
    loggers, every = settings.loggers.values(), settings.checkpoint_every
    recorder = Recorder(claim.folder, config, made, setup.device, loggers, every, claim.earlier)
    setup.notices += [*claim.notices, *recorder.notices]
    setup.build()
    if setup.initialized:
        recorder.record["initialized"] = setup.initialized.to_json()
    if claim.earlier is None:
        return (setup, recorder, EpochStats(0)), compared(made)
    state = recorder.restore(setup.updater)
    setup.notices.append(f"resumed after update {setup.updater.step} of {setup.updater.total}")
    setup.early_stopping.restore(state["watch"])
    stats = EpochStats.from_json(state["figures"], setup.device)
    return (setup, recorder, stats), compared(made)


def _follow(config: Config, folder: RunFolder, processes: Processes) -> TrainResult:
    """Train in a process that is not the first, and so does not write."""
    begin = time.perf_counter()
    earlier = processes.collect(None)[0]
    if earlier is not None and earlier["status"] in ENDED:
        return TrainResult(earlier["status"], folder.model, earlier["seconds"])

    def prepare() -> tuple[tuple[Setup, EpochStats], dict[str, Any]]:
        setup, stats = Setup(config, earlier is not None, processes), EpochStats(0)
        setup.build()
        if earlier is not None:
            state = restored(setup.updater, folder)
            setup.early_stopping.restore(state["watch"])
            stats = EpochStats.from_json(state["figures"], setup.device)
        return (setup, stats), compared(made_of(config, setup.corpora, processes.count))

    (setup, stats), made = processes.together(prepare)
    processes.refuse_differences(made)
    status = follow(lambda signals, timer: training_events(setup, signals, timer, stats))
    return TrainResult(status, folder.model, time.perf_counter() - begin)


def _already_ended(config: Config, claim: Claim, console: Console, quiet: bool) -> TrainResult:
    assert claim.earlier is not None
    settings: TrainingSettings = resolve(config, "training")
    for notice in complete_ended(claim.folder, config, claim.earlier, settings.loggers.values()):
        if not quiet:
            console.print(notice, highlight=False, markup=False, soft_wrap=True)
    scores = load_json(claim.folder.metrics)["scores"]
    return TrainResult(claim.earlier["status"], claim.folder.model, claim.earlier["seconds"], scores)
