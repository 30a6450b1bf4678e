"""The course of a run, whatever it trains: begun or continued, logged, kept, interrupted, ended."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Collection, Mapping
from contextlib import suppress
from typing import Any, TypeVar

from rich.console import Console

from jointre.config import Config
from jointre.data.disk import writing
from jointre.errors import TrainingError
from jointre.loggers.base import Logger, Run
from jointre.training import resume as resuming
from jointre.training.folder import RunFolder
from jointre.training.interrupts import Interrupts, Stopped
from jointre.training.keep import Keeper
from jointre.training.loggers import Loggers
from jointre.training.progress import TrainingProgress
from jointre.training.updates import Updates

R = TypeVar("R")


def conduct(
    folder: RunFolder,
    force: bool,
    resume: bool,
    begin: Callable[[dict[str, Any] | None], Callable[[], R]],
    ended: Callable[[dict[str, Any]], R],
) -> R:
    """Run in a folder that is this process's alone.

    Args:
        folder: of the run.
        force: replace a run that is there already.
        resume: continue the run that is there.
        begin: prepares the run, given the run.json of one to continue, and returns what runs it.
        ended: what comes of a run to continue that has ended.

    Raises:
        UsageError: the folder is refused.
        InUse: another process has it.
    """
    if not resume:
        folder.refuse_used(force)
        if folder.in_use:
            raise folder.held()
        run = begin(None)
        with folder.locked():
            folder.refuse_used(force)
            return run()
    resuming.read_record(folder)
    with folder.locked():
        earlier = resuming.read_record(folder)
        return ended(earlier) if earlier["status"] in resuming.ENDED else begin(earlier)()


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
        keeper: Keeper,
        loop: Updates[Any],
        loggers: Collection[Logger],
        notices: list[str],
        console: Console,
        quiet: bool,
        progress: type[TrainingProgress],
    ) -> None:
        self.config, self.keeper, self.folder = config, keeper, keeper.folder
        self.updates, self.notices = loop, notices
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
        status = "failed"
        shown_by, console, quiet = self.shown
        try:
            self.progress = shown_by(self.updates.total, console, quiet, self.updates.step)
            with Interrupts() as self.interrupts, self.progress:
                for notice in self.notices:
                    self.progress.say(notice)
                ended = self._until_stopped()
                self._finish(ended)
                status = ended
        finally:
            self._close(status)
        return status

    def _open(self) -> None:
        if self.logged is None:
            self.folder.clear()
            self.folder.config.write_text(self.config.text(), encoding="utf8")
        self.keeper.write_record("running", self.updates.step)
        resumed, seconds = self.logged, self.keeper.seconds
        run = Run(self.folder.root, self.config.text(), self.updates.total, resumed, seconds)
        self.logged = self.logged or 0
        self.loggers.start(run)

    def _close(self, status: str) -> None:
        if status == "failed":  # the reason is on its way up, and may be the disk
            with suppress(TrainingError):
                self.keeper.write_record(status, self.updates.step)
        self.loggers.finish(status)

    def _until_stopped(self) -> str:
        try:
            return self._work()
        except Stopped:
            kept = self.keeper.timer.every is not None
            self.progress.say("stopping: saving a checkpoint" if kept else "stopping")
            self._checkpoint()
            return "interrupted"

    def _after_update(self, step: int, report: Any) -> None:
        self.progress.step(step, report)
        self._pause(end_of_epoch=False)

    def _pause(self, end_of_epoch: bool) -> None:
        """Between two updates: stop if asked to, keep the state if it is time."""
        self.interrupts.check()
        if self.keeper.timer.due(end_of_epoch):
            self._checkpoint()

    def _checkpoint(self) -> None:
        self.keeper.checkpoint(self.updates, {**self._facts(), "logged": self.logged})

    def _log(self, values: Mapping[str, Any]) -> None:
        self.logged = self.updates.step
        with writing("the log", self.folder.root):
            self.loggers.log(self.updates.step, values)

    def _report_dropped(self, text: str) -> None:
        self.keeper.record.setdefault("dropped_loggers", []).append(text)
        self.progress.say(text)
