"""Signals: a training ends, or saves a checkpoint, between two updates, where its state can be kept."""

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType, TracebackType
from typing import Any

from jointre.signals import ENDING, SAVING


class Stopped(Exception):
    """The training was asked to stop and stands at a point where it can."""


class Interrupts:
    """A context manager that holds signals back until `check`; a second Ctrl-C ends the process at once.

    Ctrl-C (SIGINT), SIGTERM and SIGHUP ask the training to end, SIGUSR1 to save a checkpoint and go on. A second
    SIGTERM or SIGHUP does nothing more: whoever stops all processes of a job may well send it to one of them twice.
    Signals to end that the process was told to ignore stay ignored, and a handler for SIGUSR1 that is not jointre's
    stays. Outside the main thread nothing is changed.
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
                    self._before[number] = signal.signal(number, self._received)
            for number in SAVING:
                if signal.getsignal(number) in (signal.SIG_DFL, signal.SIG_IGN):
                    self._before[number] = signal.signal(number, self._asked)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for number, handler in self._before.items():
            signal.signal(number, handler)

    def check(self) -> None:
        """Raise `Stopped` if a signal to end has come."""
        if self.pending:
            raise Stopped

    def save_asked(self) -> bool:
        """Whether a checkpoint was asked for since the last time."""
        asked, self._save = self._save, False
        return asked

    @contextmanager
    def anywhere(self) -> Iterator[None]:
        """Raise `Stopped` as soon as a signal to end comes: for work that changes no state of the training."""
        self._open = True
        try:
            self.check()
            yield
        finally:
            self._open = False

    def _received(self, number: int, frame: FrameType | None) -> None:
        if self.pending and number == signal.SIGINT:
            raise KeyboardInterrupt
        self.pending = True
        if self._open:
            raise Stopped

    def _asked(self, number: int, frame: FrameType | None) -> None:
        self._save = True
