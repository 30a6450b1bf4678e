"""The course of a run, whatever it trains: begun or continued, logged, kept, interrupted, ended."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from contextlib import suppress
from typing import Any, TypeVar

from rich.console import Console

from jointre.config import Config
from jointre.data.atomic_write import writing
from jointre.errors import TrainingError
from jointre.loggers.base import Logger, Run
from jointre.training import resume as resuming
from jointre.training.base_updater import BaseUpdater
from jointre.training.interrupts import Interrupts, Stopped
from jointre.training.loggers import Loggers
from jointre.training.progress import TrainingProgress
from jointre.training.recorder import Recorder
from jointre.training.run_folder import RunFolder

R = TypeVar("R")


def conduct(
    folder: RunFolder,
    force: bool,
    resume: bool,
    begin: Callable[[dict[str, Any] | None, Sequence[str]], Callable[[], R]],
    ended: Callable[[dict[str, Any]], R],
) -> R:
    """Run in a folder that is this process's alone.

    Args:
        folder: of the run.
        force: replace a run that is there already.
        resume: continue the run that is there; begin one where nothing was saved yet.
        begin: prepares the run, given the run.json of one to continue and notices, and returns what runs it.
        ended: what comes of a run to continue that has ended.

    Raises:
        UsageError: the folder is refused.
        InUse: another process has it.
    """
    if resume and resuming.earlier_part(folder) is not None:
        with folder.locked():
            earlier = resuming.earlier_part(folder)
            if earlier is None:  # another process has removed it since
                raise folder.held()
            return ended(earlier) if earlier["status"] in resuming.ENDED else begin(earlier, ())()
    if not resume:
        folder.refuse_used(force)
    if folder.in_use:
        raise folder.held()
    notices = [f"nothing was saved yet in {folder.root}: the run begins"] if resume else []
    run = begin(None, notices)
    with folder.locked():
        if not resume:
            folder.refuse_used(force)
        elif resuming.earlier_part(folder) is not None:  # another process has begun one since
            raise folder.held()
        return run()


def tell_ended(
    folder: RunFolder, config: Config, record: Mapping[str, Any], loggers: Iterable[Logger]
) -> list[str]:
    """Complete what a run that has ended left undone because it was killed; returns notices.

    Raises:
        UsageError: another config is asked for now; all differences.
    """
    resuming.refuse(folder, resuming.config_faults(folder, config))
    folder.checkpoint.unlink(missing_ok=True)
    folder.tidy()
    updates: int = record["updates"]
    run = Run(folder.root, config.text(), updates, updates, record["seconds"])
    lost = []
    for logger in loggers:
        lost += [logger.lost(run)]
        with writing("the log", folder.root):
            logger.ended(run, record["status"])
    return [*filter(None, lost), f"{folder.root} has ended: nothing to resume"]


class Course(ABC):
    """Subclasses do the work between two updates and call `_after_update` after each.

    Args:
        config: filled.
        keeper: of the run.
        loop: makes the updates.
        loggers: that are told.
        notices: for the user, before work begins.
        console, quiet, progress: how the run shows itself.
    """

    def __init__(
        self,
        config: Config,
        keeper: Recorder,
        updater: BaseUpdater[Any],
        loggers: Collection[Logger],
        notices: list[str],
        console: Console,
        quiet: bool,
        progress: type[TrainingProgress],
    ) -> None:
        self.config, self.keeper, self.folder = config, keeper, keeper.folder
        self.updates, self.notices = updater, notices
        self.loggers = Loggers(loggers, self._report_dropped)
        self.shown = progress, console, quiet
        self.logged: int | None = None

    @abstractmethod
    def _work(self) -> str:
        """Everything up to the last update; returns the status to end with."""

    @abstractmethod
    def _facts(self) -> dict[str, Any]:
        """What a checkpoint holds beside the loop's state."""

    @abstractmethod
    def _finish(self, status: str) -> None:
        """Write what remains of the run."""

    def restored(self) -> dict[str, Any]:
        """Put the loop where its checkpoint was written; returns what `_facts` returned then."""
        facts = self.keeper.restore(self.updates)
        self.logged = facts["logged"]
        self.notices.append(f"resumed after update {self.updates.step} of {self.updates.total}")
        return facts

    def follow(self) -> str:
        """Run to the end; returns the status.

        Raises:
            TrainingError: with how to go on.
        """
        self.keeper.start()
        try:
            return self._run()
        except TrainingError as error:
            raise TrainingError(f"{error}\n  -> {self.keeper.advice()}") from error

    def ending(self, status: str) -> dict[str, Any]:
        """What the meta data of the model say of the run."""
        return {
            "status": status,
            "updates": self.updates.step,
            "seconds": round(self.keeper.seconds, 1),
            "machine": self.keeper.record["parts"][-1]["machine"],
            "precision": self.config["system.precision"],
            "seed": self.config["system.seed"],
        }

    def _run(self) -> str:
        with writing("the run folder", self.folder.root):
            self._open()
        shown_by, console, quiet = self.shown
        try:
            self.progress = shown_by(self.updates.total, console, quiet, self.updates.step)
            with Interrupts() as self.interrupts, self.progress:
                for notice in self.notices:
                    self.progress.say(notice)
                status = self._until_stopped()
                self.keeper.refuse_vanished()
                self._finish(status)
                self._close(status)
            return status
        except BaseException:
            self._fail()
            raise

    def _open(self) -> None:
        """The record comes first: a folder that has one is a run's, however little else was written."""
        if self.logged is None:
            self.folder.checkpoint.unlink(missing_ok=True)  # it is not this run's
            self.keeper.write_record("running", self.updates.step)
            self.folder.clear()
        self.keeper.write_record("running", self.updates.step)
        resumed, seconds = self.logged, self.keeper.seconds
        run = Run(self.folder.root, self.config.text(), self.updates.total, resumed, seconds)
        self.logged = self.logged or 0
        self.notices += self.loggers.start(run)

    def _close(self, status: str) -> None:
        """The record is last to say how the run ended: what a kill leaves undone before it is done on resuming."""
        with writing("the log", self.folder.root):
            self.loggers.finish(status)
        self.keeper.write_record(status, self.updates.step)
        if status != "interrupted":
            self.folder.checkpoint.unlink(missing_ok=True)

    def _fail(self) -> None:
        """The reason is on its way up, and may be the disk."""
        with suppress(TrainingError):
            self.keeper.write_record("failed", self.updates.step)
        with suppress(OSError, TrainingError):
            self.loggers.finish("failed")

    def _until_stopped(self) -> str:
        try:
            return self._work()
        except Stopped:
            kept = self.keeper.timer.every is not None
            self._mention("stopping: saving a checkpoint" if kept else "stopping")
            self._checkpoint()
            return "interrupted"

    def _mention(self, text: str) -> None:
        """Say something before a checkpoint is written, which does not depend on it: the terminal may be gone."""
        with suppress(OSError):
            self.progress.say(text)

    def _after_update(self, step: int, report: Any) -> None:
        self.progress.step(step, report)
        self._pause(end_of_epoch=False)

    def _pause(self, end_of_epoch: bool) -> None:
        """Between two updates: stop if asked to, keep the state if it is time."""
        self.interrupts.check()
        asked = self.interrupts.save_asked()
        if asked:
            kept = self.keeper.timer.every is not None
            self._mention(
                "saving a checkpoint, as asked" if kept else "no checkpoint is saved: they are turned off"
            )
        if asked or self.keeper.timer.due(end_of_epoch):
            self._checkpoint()

    def _checkpoint(self) -> None:
        self.keeper.refuse_vanished()
        self.keeper.checkpoint(self.updates, {**self._facts(), "logged": self.logged})

    def _log(self, values: Mapping[str, Any]) -> None:
        self.logged = self.updates.step
        self.keeper.refuse_vanished()
        with writing("the log", self.folder.root):
            self.loggers.log(self.updates.step, values)

    def _report_dropped(self, text: str) -> None:
        self.keeper.record.setdefault("dropped_loggers", []).append(text)
        self.progress.say(text)
