"""One pre-training run, from a filled config to model folders."""

import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from rich.console import Console

from jointre.config import Config, resolve
from jointre.config.schema import PretrainingSettings
from jointre.console import SafeConsole
from jointre.counting import Counting, silent
from jointre.data.atomic_write import write_json, writing
from jointre.data.strict_read import load_json
from jointre.pretraining.evaluate import Learned
from jointre.pretraining.loop import PretrainingState, learned_from, pretraining_events
from jointre.pretraining.setup import PretrainingSetup, refuse_count
from jointre.serialize import save_model
from jointre.training.claim_folder import Claim, claimed
from jointre.training.events import CheckpointDue, ModelDue, Report, Step, Stopped
from jointre.training.interrupts import Interrupts
from jointre.training.processes import Processes
from jointre.training.progress import TrainingProgress
from jointre.training.recorder import Recorder
from jointre.training.resume import ENDED, complete_ended
from jointre.training.run_folder import RunFolder
from jointre.training.run_record import compared
from jointre.training.secondary_process import follow, restored


@dataclass
class PretrainResult:
    """How a pre-training run ended.

    Args:
        status: ``complete`` or ``interrupted``.
        model: the model folder.
        seconds: that the run took, in all its parts.
        learned: what each objective has learned.
    """

    status: str
    model: Path
    seconds: float
    learned: dict[str, Learned] = field(default_factory=dict)


def pretrain(
    config: Config,
    output: Path,
    force: bool = False,
    console: Console | None = None,
    quiet: bool = False,
    resume: bool = False,
    counting: Counting = silent,
    progress: type[TrainingProgress] = TrainingProgress,
) -> PretrainResult:
    """Pre-train the encoders of a model.

    Under ``accelerate launch`` or ``torchrun`` all processes call this function alike; only the first one writes.

    Args:
        config: from `jointre.load_config`.
        output: run folder, for ``config.cfg``, ``run.json``, ``metrics.json``, logs, ``model/``, and a model folder
            in ``steps/`` every ``pretraining.checkpoint_every`` updates.
        force: replace an existing run.
        console: where progress is shown; stderr by default.
        quiet: show nothing.
        resume: continue the run in the folder exactly; leave it as it is if it has ended.
        counting: counts the documents of the shards while they are scanned.
        progress: the class that shows progress.

    Raises:
        RefusedError: the config, the data or the output folder is refused, before anything is written.
        InUse: another process works in the folder.
        TrainingError: a loss is not finite, or memory or disk space is too small.
        KeyboardInterrupt: Ctrl-C was pressed again while the first one waited for the end of an update.
    """
    console = console or SafeConsole(stderr=True)
    refuse_count(config, Processes.launched().count)
    folder, processes = RunFolder(output), Processes.joined(resolve(config, "system"))
    if processes.number:
        return _follow(config, folder, processes)
    with claimed(folder, force, resume) as claim:
        processes.collect(claim.earlier)
        if claim.ended:
            return _already_ended(config, claim, console, quiet)
        prepared, made = processes.together(lambda: _prepare(config, claim, counting, processes))
        processes.refuse_differences(made)
        setup, recorder, state, notices = prepared
        claim.take()
        updater, signals, status = setup.updater, Interrupts(), ""
        bar = progress(updater.last, console, quiet, updater.step)
        with recorder.running(updater, bar.say) as lost, signals, bar:
            for notice in [*notices, *lost]:
                bar.say(notice)
            for event in pretraining_events(setup, signals, recorder.timer, state):
                match event:
                    case Step(step, stats):
                        bar.step(step, stats)
                    case Report(step, values, line):
                        bar.say(line)
                        recorder.log(step, values)
                    case ModelDue(step):
                        meta = {**recorder.meta("running", step), "learned": state.learned_json()}
                        _save(setup, config, folder.steps / f"{step:07d}", meta)
                    case CheckpointDue():
                        recorder.checkpoint(event, updater, bar.say)
                    case Stopped(status):
                        break
            recorder.refuse_vanished()
            _finish(setup, recorder, status, state)
            recorder.finish(status, updater.step)
        return PretrainResult(status, folder.model, recorder.seconds, state.learned)


def _prepare(
    config: Config, claim: Claim, counting: Counting, processes: Processes
) -> tuple[tuple[PretrainingSetup, Recorder, PretrainingState, list[str]], dict[str, Any]]:
    """Build everything, and restore it from the checkpoint of a run to resume; return what it was made of, too."""
    setup = PretrainingSetup(config, counting, processes)
    made = setup.made_of()
    loggers, every = setup.settings.loggers.values(), setup.settings.save_every
    recorder = Recorder(claim.folder, config, made, setup.device, loggers, every, claim.earlier)
    setup.build()
    notices = [*claim.notices, *setup.notices, *recorder.notices]
    if claim.earlier is None:
        return (setup, recorder, PretrainingState(), notices), compared(made)
    state = PretrainingState.from_json(recorder.restore(setup.updater), setup.device)
    notices.append(f"resumed after update {setup.updater.step} of {setup.updater.last}")
    return (setup, recorder, state, notices), compared(made)


def _finish(setup: PretrainingSetup, recorder: Recorder, status: str, state: PretrainingState) -> None:
    """Write the model in its last state, and what was learned."""
    step, learned = setup.updater.step, state.learned_json()
    measured = {"learned": learned} if step == state.measured_at else {}
    _save(setup, recorder.config, recorder.folder.model, {**recorder.meta(status, step), **measured})
    write_json(recorder.folder.metrics, {"updates": state.measured_at, "learned": learned})


def _save(setup: PretrainingSetup, config: Config, folder: Path, meta: Mapping[str, Any]) -> None:
    setup.updater.finite.drain()
    with writing("the model", folder):
        save_model(folder, setup.model, setup.tokenizer, config, meta)


def _follow(config: Config, folder: RunFolder, processes: Processes) -> PretrainResult:
    """Pre-train in a process that is not the first, and so does not write."""
    begin = time.perf_counter()
    earlier = processes.collect(None)[0]
    if earlier is not None and earlier["status"] in ENDED:
        return PretrainResult(earlier["status"], folder.model, earlier["seconds"])

    def prepare() -> tuple[tuple[PretrainingSetup, PretrainingState], dict[str, Any]]:
        setup, state = PretrainingSetup(config, processes=processes), PretrainingState()
        setup.build()
        if earlier is not None:
            state = PretrainingState.from_json(restored(setup.updater, folder), setup.device)
        return (setup, state), compared(setup.made_of())

    (setup, state), made = processes.together(prepare)
    processes.refuse_differences(made)
    status = follow(lambda signals, timer: pretraining_events(setup, signals, timer, state))
    return PretrainResult(status, folder.model, time.perf_counter() - begin, state.learned)


def _already_ended(config: Config, claim: Claim, console: Console, quiet: bool) -> PretrainResult:
    assert claim.earlier is not None
    settings: PretrainingSettings = resolve(config, "pretraining")
    for notice in complete_ended(claim.folder, config, claim.earlier, settings.loggers.values()):
        if not quiet:
            console.print(notice, highlight=False, markup=False, soft_wrap=True)
    return _result_of(claim.folder, claim.earlier)


def _result_of(folder: RunFolder, record: Mapping[str, Any]) -> PretrainResult:
    learned = learned_from(load_json(folder.metrics)["learned"])
    return PretrainResult(record["status"], folder.model, record["seconds"], learned)
