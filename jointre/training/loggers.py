"""All loggers of a run, called in turn. One that fails does not end the run, unless it is needed."""

from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from typing import Any

from jointre.attribution import failure_of, is_ours, portable
from jointre.errors import TrainingError
from jointre.loggers.base import Logger, Run


class Loggers:
    """Passes everything on to the loggers of a run.

    A logger that fails before the first update stops the run, because nothing is lost yet. After that, a logger that is
    not `Logger.needed` is dropped and reported, whatever it raises. If a needed one fails, the run stops.

    Args:
        loggers: of the run.
        report: called with the message for the user when a logger is dropped.
    """

    def __init__(
        self, loggers: Iterable[Logger], report: Callable[[str], None] = lambda message: None
    ) -> None:
        self.active = list(loggers)
        self.report = report

    def start(self, run: Run) -> list[str]:
        """Start all loggers, or none; return notices about lost entries of a resumed run.

        Raises:
            ExplainedError: the system refused something to a logger that jointre does not ship.
        """
        waiting, self.active, lost = self.active, [], []
        for logger in waiting:
            try:
                lost.append(logger.lost(run))
                logger.start(run)
            except Exception as error:
                with suppress(OSError, TrainingError):
                    self.finish("failed")
                if is_ours(type(logger)) or not isinstance(error, OSError):
                    raise
                raise portable(error) from error  # the caller would take it for a failure of the run folder
            self.active.append(logger)
        return [notice for notice in lost if notice]

    def log(self, step: int, values: Mapping[str, Any]) -> None:
        """Pass values on, a copy to each logger."""
        for logger in list(self.active):
            self._guarded(logger, logger.log, step, dict(values))

    def finish(self, status: str) -> None:
        """Finish all loggers, even if one of them fails; then raise the first failure."""
        failures: list[Exception] = []
        for logger in list(self.active):
            try:
                self._guarded(logger, logger.finish, status)
            except (OSError, TrainingError) as error:
                failures.append(error)
        if failures:
            raise failures[0]

    def _guarded(self, logger: Logger, call: Callable[..., None], *values: Any) -> None:
        try:
            call(*values)
        except Exception as error:
            if logger.needed:
                raise
            self.active.remove(logger)
            what = error if isinstance(error, TrainingError) else failure_of(error)
            self.report(f"a logger failed and is no longer used: {what}")
