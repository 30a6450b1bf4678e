"""Signals during a run: they stop it or save a checkpoint between two updates, where the state can be saved."""

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType, TracebackType
from typing import Any

from jointre.signals import ENDING, SAVING


class StopRequested(Exception):
    """A signal asked the run to stop, and the run is at a point where it can."""


class Interrupts:
    """A context manager that holds signals back until `check`; a second Ctrl-C ends the process at once.

    Ctrl-C (SIGINT), SIGTERM and SIGHUP ask the run to stop; SIGUSR1 asks it to save a checkpoint and continue. A
    second SIGTERM or SIGHUP has no further effect, because whoever stops all processes of a job may well send it
    to one of them twice. Signals that the process was told to ignore stay ignored, and a handler for SIGUSR1 that
    is not from jointre stays in place. Outside the main thread nothing is changed.
    """

    def __init__(self) -> None:
        self.pending = False
        self._save = False
        self._open = False
        self._before: dict[signal.Signals, Any] = {}

    def __enter__(self) -> "Interrupts":
        if threading.current_thread() is threading.main_thread():
            for number in ENDING:
                if signal.getsignal(number) != signal.SIG_IGN:
                    self._before[number] = signal.signal(number, self._stop)
            for number in SAVING:
                if signal.getsignal(number) in (signal.SIG_DFL, signal.SIG_IGN):
                    self._before[number] = signal.signal(number, self._ask_to_save)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for number, handler in self._before.items():
            signal.signal(number, handler)

    def check(self) -> None:
        """Raise `StopRequested` if a signal to stop has arrived."""
        if self.pending:
            raise StopRequested

    def save_asked(self) -> bool:
        """Return whether a checkpoint was requested since the last call."""
        asked, self._save = self._save, False
        return asked

    @contextmanager
    def anywhere(self) -> Iterator[None]:
        """Raise `StopRequested` as soon as a signal arrives, for work that does not change the state of the run."""
        self._open = True
        try:
            self.check()
            yield
        finally:
            self._open = False

    def _stop(self, number: int, frame: FrameType | None) -> None:
        if self.pending and number == signal.SIGINT:
            raise KeyboardInterrupt
        self.pending = True
        if self._open:
            raise StopRequested

    def _ask_to_save(self, number: int, frame: FrameType | None) -> None:
        self._save = True
