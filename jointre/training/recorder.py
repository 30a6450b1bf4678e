"""What is kept of a run while it lasts: run.json, and the checkpoint that it can be continued from."""

import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch

from jointre.config import Config
from jointre.data.atomic_write import write_json, write_text
from jointre.data.strict_read import load_json
from jointre.errors import DataError, Fault, TrainingError, UsageError
from jointre.training import resume
from jointre.training.base_updater import BaseUpdater
from jointre.training.checkpoint import Checkpoint, Timer, read_checkpoint, write_checkpoint
from jointre.training.run_folder import RunFolder
from jointre.training.run_record import machine, now
from jointre.training.state import restore, state_of


class Recorder:
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
        self.folder, self.config = folder, config
        self.best_kept = self.written = False
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

    def restore(self, updater: BaseUpdater[Any]) -> dict[str, Any]:
        """Put the loop where the checkpoint was written; returns the facts that were written with it.

        Raises:
            UsageError: the checkpoint cannot be read, is not what was written, or belongs to another model.
        """
        path = self.folder.checkpoint
        checkpoint = read_checkpoint(path)
        self.folder.tidy()
        faults = restore(updater, checkpoint.tensors, checkpoint.facts)
        self.best_kept = checkpoint.facts.get("watch", {}).get("best") is not None
        if self._best_vanished:
            faults.append(Fault("the best state so far is missing", str(self.folder.model)))
        if faults:
            raise UsageError(f"the checkpoint {path} cannot be continued from", faults)
        self.before = checkpoint.facts["seconds"]
        self.updates = self.record["parts"][-1]["from_update"] = updater.step
        return checkpoint.facts

    def checkpoint(self, updater: BaseUpdater[Any], facts: dict[str, Any]) -> None:
        """Write a checkpoint of the loop with ``facts``.

        Raises:
            TrainingError: the disk refuses, or an update since the last one was not finite.
        """
        if self.timer.every is None:
            return
        begin = time.perf_counter()
        tensors, state = state_of(updater)
        write_checkpoint(
            self.folder.checkpoint, Checkpoint(tensors, {**state, **facts, "seconds": self.seconds})
        )
        self.updates = updater.step
        self.timer.written(time.perf_counter() - begin)

    def write_record(self, status: str, updates: int) -> None:
        """Write run.json, and config.cfg if it is not there: all that they hold is known, whatever became of them."""
        self._refuse_other()
        self.record["parts"][-1]["to_update"] = updates
        facts = {"status": status, "updates": updates, "seconds": round(self.seconds, 1)}
        write_json(self.folder.record, {**self.record, **facts})
        if not self.folder.config.is_file():
            write_text(self.folder.config, self.config.text())

    def refuse_vanished(self) -> None:
        """Refuse to go on if something is gone that cannot be written again.

        Raises:
            TrainingError: the run folder is gone, or belongs to another run now; or the best state so far is gone.
        """
        self._refuse_other()
        if not self.folder.root.is_dir():
            where, what = self.folder.root, "the run folder"
        elif self._best_vanished:
            where, what = self.folder.model, "the best state so far"
        else:
            return
        raise TrainingError(
            f"{what} has vanished while the run went on: moved, removed or unmounted ({where})"
        )

    def _refuse_other(self) -> None:
        """A folder may have been moved aside, and another run begun in its place: that one is not to be harmed."""
        if self.written and _parts_in(self.folder.record) not in (None, _parts(self.record)):
            raise TrainingError(f"another run was begun in the run folder meanwhile ({self.folder.root})")
        self.written = True

    @property
    def _best_vanished(self) -> bool:
        return self.best_kept and not (self.folder.model / "meta.json").is_file()

    def advice(self) -> str:
        """How to go on after trouble."""
        if not self.folder.root.is_dir() or self._best_vanished:
            return "put it back, then the same command with --resume goes on from the last checkpoint; or begin anew"
        if self.updates is None:
            return "there is no checkpoint yet: the same command with --resume begins anew"
        if not self.folder.checkpoint.is_file():
            return f"the checkpoint has vanished, too ({self.folder.checkpoint}): begin anew with --force"
        kept = f"the checkpoint of update {self.updates} is intact ({self.folder.checkpoint})"
        return f"{kept}: the same command with --resume goes on from there"


def _parts(record: Mapping[str, Any]) -> list[str]:
    """When the parts of a run were begun, by which a record is known again."""
    return [part["started"] for part in record["parts"]]


def _parts_in(path: Path) -> list[str] | None:
    """`_parts` of the record in a file; None if it is gone or damaged, and so can be written again."""
    try:
        return _parts(load_json(path))
    except (DataError, KeyError, TypeError):
        return None
