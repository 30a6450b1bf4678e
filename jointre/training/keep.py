"""What is kept of a run while it lasts: run.json, and the checkpoint that it can be continued from."""

import time
from typing import Any

import torch

from jointre.config import Config
from jointre.data.disk import write_json
from jointre.errors import Fault, UsageError
from jointre.training import resume
from jointre.training.checkpoint import Checkpoint, Timer, read_checkpoint, write_checkpoint
from jointre.training.folder import RunFolder
from jointre.training.record import machine, now
from jointre.training.state import restore, state_of
from jointre.training.updates import Updates


class Keeper:
    """Writes run.json and the checkpoint of a run, and knows how long the run has taken.

    Args:
        folder: of the run.
        config: filled.
        made: what the run is made of, for run.json.
        device: that it runs on.
        every: seconds between checkpoints; None for none.
        earlier: run.json of a run to continue; ``notices`` then tell on what else it goes on.

    Raises:
        UsageError: what is to be continued was begun with another config, data or kind of device; all differences.
    """

    def __init__(
        self,
        folder: RunFolder,
        config: Config,
        made: dict[str, Any],
        device: torch.device,
        every: float | None,
        earlier: dict[str, Any] | None = None,
    ) -> None:
        self.folder = folder
        self.timer = Timer(every)
        self.notices: list[str] = []
        self.before = 0.0
        self.begin = time.perf_counter()
        self.updates: int | None = None
        part: dict[str, Any] = {"started": now(), "from_update": 0, "machine": machine(device)}
        self.record: dict[str, Any] = {**made, "parts": [part]}
        if earlier is not None:
            then = earlier["parts"][-1]["machine"]
            faults = resume.config_faults(folder, config)
            faults += resume.device_faults(then["device"], part["machine"]["device"])
            faults += resume.data_faults(earlier["data"], made["data"])
            faults += resume.process_faults(earlier, made)
            resume.refuse(folder, faults)
            self.notices += resume.other_machine({**earlier, **then}, {**made, **part["machine"]})
            self.record = {**earlier, "parts": [*earlier["parts"], part]}

    @property
    def seconds(self) -> float:
        """That the run has taken in all its parts, less what a killed part did after its last checkpoint."""
        return self.before + time.perf_counter() - self.begin

    def start(self) -> None:
        """The training begins now."""
        self.begin = time.perf_counter()

    def restore(self, loop: Updates[Any]) -> dict[str, Any]:
        """Put the loop where the checkpoint was written; returns the facts that were written with it.

        Raises:
            UsageError: the checkpoint cannot be read, is not what was written, or belongs to another model.
        """
        path = self.folder.checkpoint
        checkpoint = read_checkpoint(path)
        self.folder.tidy()
        faults = restore(loop, checkpoint.tensors, checkpoint.facts)
        if (
            checkpoint.facts.get("watch", {}).get("best") is not None
            and not (self.folder.model / "meta.json").is_file()
        ):
            faults.append(Fault("the best state so far is missing", str(self.folder.model)))
        if faults:
            raise UsageError(f"the checkpoint {path} cannot be continued from", faults)
        self.before = checkpoint.facts["seconds"]
        self.updates = self.record["parts"][-1]["from_update"] = loop.step
        return checkpoint.facts

    def checkpoint(self, loop: Updates[Any], facts: dict[str, Any]) -> None:
        """Write a checkpoint of the loop with ``facts``.

        Raises:
            TrainingError: the disk refuses, or an update since the last one was not finite.
        """
        if self.timer.every is None:
            return
        begin = time.perf_counter()
        tensors, state = state_of(loop)
        write_checkpoint(
            self.folder.checkpoint, Checkpoint(tensors, {**state, **facts, "seconds": self.seconds})
        )
        self.updates = loop.step
        self.timer.written(time.perf_counter() - begin)

    def write_record(self, status: str, updates: int) -> None:
        """Write run.json."""
        self.record["parts"][-1]["to_update"] = updates
        facts = {"status": status, "updates": updates, "seconds": round(self.seconds, 1)}
        write_json(self.folder.record, {**self.record, **facts})

    def advice(self) -> str:
        """How to go on after trouble."""
        if self.updates is None:
            return "there is no checkpoint yet: begin anew with --force"
        kept = f"the checkpoint of update {self.updates} is intact ({self.folder.checkpoint})"
        return f"{kept}: the same command with --resume goes on from there"
