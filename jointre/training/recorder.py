"""What a run writes while it lasts: ``run.json``, the logs, and the checkpoint from which it can be resumed."""

import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import torch

from jointre.config import Config
from jointre.data.atomic_write import write_json, write_text, writing
from jointre.data.strict_read import load_json
from jointre.errors import DataError, Fault, TrainingError, UsageError
from jointre.loggers.base import Logger, Run
from jointre.training import resume
from jointre.training.base_updater import BaseUpdater
from jointre.training.checkpoint import Checkpoint, Timer, read_checkpoint, write_checkpoint
from jointre.training.events import CheckpointDue
from jointre.training.loggers import Loggers
from jointre.training.run_folder import RunFolder
from jointre.training.run_record import machine, now
from jointre.training.state import restore, state_of

ANNOUNCEMENTS = {
    "save": ("saving a checkpoint, as asked", "no checkpoint is saved: they are turned off"),
    "stop": ("stopping: saving a checkpoint", "stopping"),
}
"""By the reason for a checkpoint: the message if checkpoints are turned on, and the one if they are not."""


class Recorder:
    """Writes run.json, the logs and the checkpoint of a run, and measures how long the run takes.

    Args:
        folder: of the run.
        config: filled.
        made: what the run is made of, for run.json.
        device: on which it runs.
        loggers: from the config.
        every: seconds between checkpoints; None to write none.
        earlier: run.json of a run to resume. ``notices`` then name the differences between the machines.

    Raises:
        UsageError: the run to resume was begun with another config, other data or another kind of device; all
            differences.
    """

    def __init__(
        self,
        folder: RunFolder,
        config: Config,
        made: dict[str, Any],
        device: torch.device,
        loggers: Iterable[Logger],
        every: float | None,
        earlier: dict[str, Any] | None = None,
    ) -> None:
        self.folder, self.config = folder, config
        self.loggers = Loggers(loggers)
        self.timer = Timer(every)
        self.notices: list[str] = []
        self.best_kept = False
        self._written = False
        self._logged: int | None = None
        """Number of updates at the last entry in the logs; None until the run begins."""
        self._saved: int | None = None
        """Number of updates at the last checkpoint."""
        self._before = 0.0
        self._begin = time.perf_counter()
        part: dict[str, Any] = {"started": now(), "from_update": 0, "machine": machine(device)}
        self.record: dict[str, Any] = {**made, "parts": [part]}
        if earlier is not None:
            then = earlier["parts"][-1]["machine"]
            faults = resume.config_faults(folder, earlier, config)
            faults += resume.device_faults(then["device"], part["machine"]["device"])
            faults += resume.data_faults(earlier["data"], made["data"])
            faults += resume.process_faults(earlier, made)
            resume.refuse(folder, faults)
            self.notices += resume.other_machine({**earlier, **then}, {**made, **part["machine"]})
            self.record = {**earlier, "parts": [*earlier["parts"], part]}

    @property
    def seconds(self) -> float:
        """Time that the run has taken in all its parts, without what a killed part did after its last checkpoint."""
        return self._before + time.perf_counter() - self._begin

    def meta(self, status: str, updates: int) -> dict[str, Any]:
        """Return what the meta data of a model folder say about the run."""
        return {
            "status": status,
            "updates": updates,
            "seconds": round(self.seconds, 1),
            "machine": self.record["parts"][-1]["machine"],
            "precision": self.config["system.precision"],
            "seed": self.config["system.seed"],
        }

    def restore(self, updater: BaseUpdater[Any]) -> dict[str, Any]:
        """Restore an updater from the checkpoint; return the state of the loop that was saved with it.

        Raises:
            UsageError: the checkpoint cannot be read, was altered, or belongs to another model.
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
        self._before, self._logged = checkpoint.facts["seconds"], checkpoint.facts["logged"]
        self._saved = self.record["parts"][-1]["from_update"] = updater.step
        return checkpoint.facts

    @contextmanager
    def running(self, updater: BaseUpdater[Any], say: Callable[[str], None]) -> Iterator[list[str]]:
        """Open the run folder and the logs; if the block fails, record that. Give notices about lost logs.

        Args:
            updater: of the run.
            say: shows a message, for instance that a logger failed.

        Raises:
            TrainingError: from the block, with advice on how to continue.
        """
        self._begin = time.perf_counter()

        def dropped(text: str) -> None:
            self.record.setdefault("dropped_loggers", []).append(text)
            say(text)

        self.loggers.report = dropped
        try:
            with writing("the run folder", self.folder.root):
                notices = self._open(updater.step, updater.total)
            try:
                yield notices
            except BaseException:
                self._fail(updater.step)
                raise
        except TrainingError as error:
            raise TrainingError(str(error), self._advice()) from error

    def _open(self, step: int, total: int) -> list[str]:
        """Write the record, which comes first because a folder with one belongs to a run, and start the loggers."""
        if self._logged is None:
            self.folder.checkpoint.unlink(missing_ok=True)  # it belongs to another run
            self.write_record("running", step)
            self.folder.clear()
        self.write_record("running", step)
        run = Run(self.folder.root, self.config.text(), total, self._logged, self.seconds)
        self._logged = self._logged or 0
        return self.loggers.start(run)

    def _fail(self, step: int) -> None:
        """Record the failure if possible; its cause is being raised, and may be the disk itself."""
        with suppress(TrainingError):
            self.write_record("failed", step)
        with suppress(OSError, TrainingError):
            self.loggers.finish("failed")

    def log(self, step: int, values: Mapping[str, Any]) -> None:
        """Pass values to all loggers.

        Raises:
            TrainingError: a log cannot be written, or see `refuse_vanished`.
        """
        self._logged = step
        self.refuse_vanished()
        with writing("the log", self.folder.root):
            self.loggers.log(step, values)

    def checkpoint(self, due: CheckpointDue, updater: BaseUpdater[Any], say: Callable[[str], None]) -> None:
        """Write a checkpoint, if checkpoints are turned on; announce it if a signal asked for it.

        Raises:
            TrainingError: the disk refuses, an update since the last checkpoint was not finite, or see
                `refuse_vanished`.
        """
        turned_on = self.timer.every is not None
        if announcement := ANNOUNCEMENTS.get(due.reason):
            with suppress(OSError):  # the terminal may be gone, and the checkpoint does not depend on it
                say(announcement[0 if turned_on else 1])
        self.refuse_vanished()
        if not turned_on:
            return
        begin = time.perf_counter()
        tensors, facts = state_of(updater)
        facts = {**facts, **due.state, "logged": self._logged, "seconds": self.seconds}
        write_checkpoint(self.folder.checkpoint, Checkpoint(tensors, facts))
        self._saved = updater.step
        self.timer.written(time.perf_counter() - begin)

    def finish(self, status: str, updates: int) -> None:
        """Close the logs, then the record. What a kill prevents here is done when the run is resumed.

        Raises:
            TrainingError: a log cannot be written.
        """
        with writing("the log", self.folder.root):
            self.loggers.finish(status)
        self.write_record(status, updates)
        if status != "interrupted":
            self.folder.checkpoint.unlink(missing_ok=True)

    def write_record(self, status: str, updates: int) -> None:
        """Write run.json, and config.cfg if it is missing: their contents are known, whatever happened to the files."""
        self._refuse_other()
        self.record["parts"][-1]["to_update"] = updates
        facts = {"status": status, "updates": updates, "seconds": round(self.seconds, 1)}
        write_json(self.folder.record, {**self.record, **facts})
        if not self.folder.config.is_file():
            write_text(self.folder.config, self.config.text())

    def refuse_vanished(self) -> None:
        """Refuse to continue if something is gone that cannot be written again.

        Raises:
            TrainingError: the run folder is gone or now belongs to another run; or the best state so far is gone.
        """
        self._refuse_other()
        if not self.folder.root.is_dir():
            where, what = self.folder.root, "the run folder"
        elif self._best_vanished:
            where, what = self.folder.model, "the best state so far"
        else:
            return
        raise TrainingError(f"{what} has vanished during the run: moved, removed or unmounted ({where})")

    def _refuse_other(self) -> None:
        """Do not harm another run that was begun in the place of a folder that was moved away."""
        if self._written and _parts_in(self.folder.record) not in (None, _parts(self.record)):
            raise TrainingError(f"another run was begun in the run folder meanwhile ({self.folder.root})")
        self._written = True

    @property
    def _best_vanished(self) -> bool:
        return self.best_kept and not (self.folder.model / "meta.json").is_file()

    def _advice(self) -> str:
        """How to continue after an error."""
        repeat = "repeat the command with --resume"
        if not self.folder.root.is_dir() or self._best_vanished:
            return f"put it back and {repeat} to continue from the last checkpoint; or begin again"
        if self._saved is None:
            return f"there is no checkpoint yet: {repeat} to begin again"
        if not self.folder.checkpoint.is_file():
            return f"the checkpoint has vanished, too ({self.folder.checkpoint}): begin again with --force"
        kept = f"the checkpoint of update {self._saved} is intact ({self.folder.checkpoint})"
        return f"{kept}: {repeat} to continue from there"


def _parts(record: Mapping[str, Any]) -> list[str]:
    """Return when the parts of a run began, by which its record is recognised."""
    return [part["started"] for part in record["parts"]]


def _parts_in(path: Path) -> list[str] | None:
    """Return `_parts` of the record in a file; None if it is gone or damaged, and so can be written again."""
    try:
        return _parts(load_json(path))
    except (DataError, KeyError, TypeError):
        return None
