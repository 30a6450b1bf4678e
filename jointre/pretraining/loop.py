"""The pre-training loop: a generator that trains and yields what happens, as `jointre.training.loop` does."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import torch

from jointre.pretraining.evaluate import Learned, measure
from jointre.pretraining.setup import PretrainingSetup
from jointre.training.checkpoint import Timer
from jointre.training.epoch_stats import EpochStats
from jointre.training.events import CheckpointDue, Event, ModelDue, Report, Step, Stopped
from jointre.training.interrupts import Interrupts, StopRequested
from jointre.training.loop import checkpoint_if_due


@dataclass
class PretrainingState:
    """What the loop knows besides the updater's state.

    Args:
        stats: of the updates since the last report.
        left_out: number of documents that were too long, so far.
        learned: results of the last measurement, by objective.
        measured_at: number of updates at that measurement.
    """

    stats: EpochStats = field(default_factory=lambda: EpochStats(0))
    left_out: int = 0
    learned: dict[str, Learned] = field(default_factory=dict)
    measured_at: int = 0

    def learned_json(self) -> dict[str, Any]:
        """Return ``learned``, JSON-ready."""
        return {name: each.to_json() for name, each in self.learned.items()}

    def to_json(self) -> dict[str, Any]:
        """Return a JSON-ready dictionary from which `from_json` restores the same object, bit for bit."""
        return {
            "figures": self.stats.to_json(),
            "left_out": self.left_out,
            "learned": self.learned_json(),
            "measured_at": self.measured_at,
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any], device: torch.device) -> "PretrainingState":
        """Restore the state that `to_json` returned; losses are placed on ``device``."""
        stats = EpochStats.from_json(data["figures"], device)
        return cls(stats, data["left_out"], learned_from(data["learned"]), data["measured_at"])


def learned_from(data: Mapping[str, Mapping[str, Any]]) -> dict[str, Learned]:
    """Restore what `PretrainingState.learned_json` returned."""
    return {name: Learned(**values) for name, values in data.items()}


def pretraining_events(
    setup: PretrainingSetup, signals: Interrupts, timer: Timer, state: PretrainingState
) -> Iterator[Event]:
    """Pre-train to the end, and yield each event when it happens.

    Every process that shares the updates runs this loop; all stop after the same update, whichever was asked to.

    Args:
        setup: built; its updater may have been restored from a checkpoint.
        signals: requests to stop or to save a checkpoint.
        timer: tells when a checkpoint is due.
        state: to begin or continue with; it is updated.

    Raises:
        TrainingError: see `PretrainingUpdater.update`.
    """
    settings, updater = setup.settings, setup.updater
    batches = updater.batches()
    try:
        while updater.step < updater.last:
            with state.stats.timed():
                losses, documents, long = updater.update(batches)
            state.stats.add(losses, documents)
            state.left_out += long
            yield Step(updater.step, state.stats)
            if updater.due(settings.eval_every):
                yield _report(setup, state)
            if updater.step == updater.last:
                break
            if updater.due(settings.checkpoint_every):
                yield ModelDue(updater.step)
            yield from checkpoint_if_due(setup.processes, signals, timer, state.to_json)
        yield Stopped("complete")
    except StopRequested:
        yield CheckpointDue("stop", state.to_json())
        yield Stopped("interrupted")


def _report(setup: PretrainingSetup, state: PretrainingState) -> Report:
    """Measure what was learned, and report it with the losses since the last report."""
    updater, stats = setup.updater, state.stats
    updater.finite.drain()
    losses, step = stats.logged(), updater.step
    state.learned, state.measured_at = measure(updater, setup.held_out_batches), step
    values = {
        "epoch": round(step / updater.updates_per_epoch, 4),
        **losses,
        "waited": round(updater.waited / max(stats.seconds, 1e-9), 3),
        "left_out": state.left_out,
        "held_out": state.learned_json(),
    }
    line = f"update {step}/{updater.last}  loss {losses['loss']:.4f}  {stats.speed:.1f} docs/s"
    shown = "  ".join(f"{name} {100 * each.accuracy:.1f}" for name, each in state.learned.items())
    updater.waited = 0.0
    state.stats = EpochStats(int(step / updater.updates_per_epoch))
    return Report(step, values, f"{line}  held out: {shown}")
