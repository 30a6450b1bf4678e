"""What a training loop reports while it runs: events, in the order in which they happen.

`jointre.training.loop` and `jointre.pretraining.loop` yield them; `train` and `pretrain` act on them.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from jointre.training.epoch_stats import EpochStats


@dataclass(frozen=True)
class Step:
    """An update was made: the ``step``-th of the run. ``stats`` cover the current epoch, this update included."""

    step: int
    stats: EpochStats


@dataclass(frozen=True)
class BatchesSplit:
    """An update ran out of memory and is repeated. Every batch is computed in ``parts`` parts from now on."""

    parts: int
    reason: str


@dataclass(frozen=True)
class Report:
    """Results after ``step`` updates, ready to be logged and shown.

    Args:
        step: number of updates made.
        values: for the loggers; JSON-ready.
        line: for the terminal.
        scores: of the evaluation, as `jointre.evaluate.to_json` gives them; empty without an evaluation.
        keep: whether the model is to be saved as the best so far.
    """

    step: int
    values: Mapping[str, Any]
    line: str
    scores: Mapping[str, Any] = field(default_factory=dict)
    keep: bool = False


@dataclass(frozen=True)
class ModelDue:
    """A model folder of the state after ``step`` updates is due (pre-training)."""

    step: int


@dataclass(frozen=True)
class CheckpointDue:
    """A checkpoint is due. The loop continues exactly from ``state`` and the updater's own state.

    Args:
        reason: ``time`` has passed, a signal asked to ``save``, or a signal asked to ``stop``.
        state: JSON-ready.
    """

    reason: Literal["time", "save", "stop"]
    state: Mapping[str, Any]


@dataclass(frozen=True)
class Stopped:
    """The last event of a loop: ``complete``, ``stopped early`` or ``interrupted``."""

    status: str


Event = Step | BatchesSplit | Report | ModelDue | CheckpointDue | Stopped
