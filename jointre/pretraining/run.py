"""One pre-training, from a filled config to model folders."""

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from rich.console import Console

from jointre.config import Config, resolve
from jointre.config.schema import PretrainingSettings
from jointre.console import SafeConsole
from jointre.data.atomic_write import write_json, writing
from jointre.data.strict_read import load_json
from jointre.pretraining.evaluate import Learned, measured
from jointre.pretraining.processes import Processes
from jointre.pretraining.secondary_process import follow
from jointre.pretraining.setup import Looking, PretrainingSetup, unseen
from jointre.serialize import save_model
from jointre.training import resume as resuming
from jointre.training.epoch_stats import EpochStats
from jointre.training.lifecycle import Course, conduct, tell_ended
from jointre.training.progress import TrainingProgress
from jointre.training.recorder import Recorder
from jointre.training.run_folder import RunFolder


@dataclass
class PretrainResult:
    """How a pre-training ended: ``complete`` or ``interrupted``; its model; what each objective learned."""

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
    looking: Looking = unseen,
) -> PretrainResult:
    """Pre-train the encoders of a model.

    Args:
        config: from `jointre.load_config`.
        output: run folder; gets ``config.cfg``, ``run.json``, ``metrics.json``, logs, ``model/``, and a model folder
            below ``steps/`` every ``pretraining.checkpoint_every`` updates.
        force, console, quiet, resume: as in `jointre.training.run.train`.
        looking: how the look through the shards shows itself; see `PretrainingSetup`.

    Raises:
        RefusedError: config, data or output folder refused, before anything is written.
        InUse: another process works in the folder.
        TrainingError: a loss that is not a number; memory or disk that are not enough.
        KeyboardInterrupt: a second Ctrl-C, while the first waits for the end of an update.

    Under ``accelerate launch`` or ``torchrun`` all processes call it alike; the first alone writes.
    """
    console = console or SafeConsole(stderr=True)
    folder, processes = RunFolder(output), Processes.launched()
    if processes.number:
        return _followed(config, folder, resume, processes)
    return conduct(
        folder,
        force,
        resume,
        lambda earlier, notices: (
            _Pretraining(config, folder, console, quiet, earlier, notices, looking, processes).run
        ),
        lambda record: _ended(config, folder, record, console, quiet),
    )


def _followed(config: Config, folder: RunFolder, resume: bool, processes: Processes) -> PretrainResult:
    begin = time.perf_counter()
    record = resuming.earlier_part(folder) if resume else None
    if record is not None and record["status"] in resuming.ENDED:
        return _as_it_ended(folder, record)
    status, found = follow(PretrainingSetup(config, processes=processes), folder, record is not None)
    processes.part()
    return PretrainResult(status, folder.model, time.perf_counter() - begin, found)


def _ended(
    config: Config, folder: RunFolder, record: Mapping[str, Any], console: Console, quiet: bool
) -> PretrainResult:
    settings: PretrainingSettings = resolve(config, "pretraining")
    for notice in tell_ended(folder, config, record, settings.loggers.values()):
        if not quiet:
            console.print(notice, highlight=False, markup=False, soft_wrap=True)
    return _as_it_ended(folder, record)


def _as_it_ended(folder: RunFolder, record: Mapping[str, Any]) -> PretrainResult:
    found = _learned_of(load_json(folder.metrics)["learned"])
    return PretrainResult(record["status"], folder.model, record["seconds"], found)


def _learned_of(facts: Mapping[str, Mapping[str, Any]]) -> dict[str, Learned]:
    return {name: Learned(**figures) for name, figures in facts.items()}


class _Pretraining(Course):
    def __init__(
        self,
        config: Config,
        folder: RunFolder,
        console: Console,
        quiet: bool,
        earlier: dict[str, Any] | None,
        notices: Sequence[str],
        looking: Looking,
        processes: Processes,
    ) -> None:
        self.setup = PretrainingSetup(config, looking, processes)
        self.settings = self.setup.settings
        keeper = Recorder(
            folder, config, self.setup.made_of(), self.setup.device, self.settings.save_every, earlier
        )
        self.setup.build()
        self.updater = self.setup.updater
        notices = [*notices, *self.setup.notices, *keeper.notices]
        loggers = self.settings.loggers.values()
        super().__init__(config, keeper, self.updater, loggers, notices, console, quiet, TrainingProgress)
        self.figures = EpochStats(0)
        self.learned: dict[str, Learned] = {}
        self.measured_at = 0
        self.left_out = 0
        if earlier is not None:
            facts = self.restored()
            self.figures = EpochStats.from_json(facts["figures"], self.setup.device)
            self.left_out, self.measured_at = facts["left_out"], facts["measured_at"]
            self.learned = _learned_of(facts["learned"])

    def run(self) -> PretrainResult:
        status = self.follow()
        self.setup.processes.part()
        return PretrainResult(status, self.folder.model, self.keeper.seconds, self.learned)

    def _facts(self) -> dict[str, Any]:
        return {
            "figures": self.figures.to_json(),
            "left_out": self.left_out,
            "learned": self._shown(),
            "measured_at": self.measured_at,
        }

    def _work(self) -> str:
        batches = self.updater.batches()
        while self.updater.step < self.updater.total:
            with self.figures.timed():
                losses, documents, long = self.updater.update(batches)
            self.figures.add(losses, documents)
            self.left_out += long
            self._between()
        return "complete"

    def _between(self) -> None:
        """After an update: show, measure, keep a model, and only then a state that has all of it behind it."""
        step, last = self.updater.step, self.updater.step == self.updater.total
        self.progress.step(step, self.figures)
        if self.updater.due(self.settings.eval_every):
            self._report()
        if not last and self.updater.due(self.settings.checkpoint_every):
            self._save(
                self.folder.steps / f"{step:07d}", {**self.ending("running"), "learned": self._shown()}
            )
        if not last:
            self._pause(end_of_epoch=False)

    def _pause(self, end_of_epoch: bool) -> None:
        """All processes stop after the same update, whichever was asked to."""
        self.interrupts.pending = self.setup.processes.any(self.interrupts.pending, self.setup.device)
        super()._pause(end_of_epoch)

    def _report(self) -> None:
        step = self.updater.step
        self.updater.finite.drain()
        means = self.figures.means()
        self.learned, self.measured_at = measured(self.updater, self.setup.held_out_batches), step
        values = {
            "epoch": round(step / self.updater.updates_per_epoch, 4),
            **{name if name == "loss" else f"loss_{name}": value for name, value in means.items()},
            "documents_per_second": round(self.figures.speed, 2),
            "waited": round(self.updater.waited / max(self.figures.seconds, 1e-9), 3),
            "left_out": self.left_out,
            "held_out": self._shown(),
        }
        line = (
            f"update {step}/{self.updater.total}  loss {means['loss']:.4f}  {self.figures.speed:.1f} docs/s"
        )
        shown = (f"{name} {100 * each.accuracy:.1f}" for name, each in self.learned.items())
        self.progress.say(f"{line}  held out: {'  '.join(shown)}")
        self._log(values)
        self.updater.waited = 0.0
        self.figures = EpochStats(int(step / self.updater.updates_per_epoch))

    def _shown(self) -> dict[str, Any]:
        return {name: each.to_json() for name, each in self.learned.items()}

    def _finish(self, status: str) -> None:
        measured = {"learned": self._shown()} if self.updater.step == self.measured_at else {}
        self._save(self.folder.model, {**self.ending(status), **measured})
        write_json(self.folder.metrics, {"updates": self.measured_at, "learned": self._shown()})

    def _save(self, folder: Path, facts: Mapping[str, Any]) -> None:
        self.updater.finite.drain()
        with writing("the model", folder):
            save_model(folder, self.setup.model, self.setup.tokenizer, self.config, facts)
