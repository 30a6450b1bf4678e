"""The loggers of a run, told in turn; a plugin's logger that fails does not cost the run."""

from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from typing import Any

from jointre.attribution import failure_of, is_ours, portable
from jointre.loggers.base import Logger, Run


class Loggers:
    """Passes everything on to the loggers of a run.

    A logger that fails before the first update stops the run, as nothing is lost yet. After that, a logger that jointre
    does not ship is dropped and reported, whatever it raises. If a logger of jointre fails, the run stops.

    Args:
        loggers: of the run.
        report: called with the message for the user when a logger is dropped.
    """

    def __init__(self, loggers: Iterable[Logger], report: Callable[[str], None]) -> None:
        self.active = list(loggers)
        self.report = report

    def start(self, run: Run) -> None:
        """Start all loggers, or none.

        Raises:
            ExplainedError: the system refused something to a logger that jointre does not ship.
        """
        waiting, self.active = self.active, []
        for logger in waiting:
            try:
                logger.start(run)
            except Exception as error:
                self.finish("failed")
                if is_ours(type(logger)) or not isinstance(error, OSError):
                    raise
                raise portable(error) from error  # the caller would take it for a failure of the run folder
            self.active.append(logger)

    def log(self, step: int, values: Mapping[str, Any]) -> None:
        """Pass figures on, a copy to each logger."""
        for logger in list(self.active):
            self._guarded(logger, logger.log, step, dict(values))

    def finish(self, status: str) -> None:
        """Finish all loggers; the system refusing a last line is not worth a failure."""
        for logger in list(self.active):
            with suppress(OSError):
                self._guarded(logger, logger.finish, status)

    def _guarded(self, logger: Logger, call: Callable[..., None], *values: Any) -> None:
        try:
            call(*values)
        except Exception as error:
            if is_ours(type(logger)):
                raise
            self.active.remove(logger)
            self.report(f"a logger is left out from now on: {failure_of(error)}")
