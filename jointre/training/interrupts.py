"""Ctrl-C and SIGTERM: a training ends between two updates, where its state can be kept."""

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType, TracebackType
from typing import Any


class Stopped(Exception):
    """The training was asked to stop and stands at a point where it can."""


class Interrupts:
    """A context manager that holds signals back until `check`; a second Ctrl-C ends the process at once.

    A second SIGTERM does not: whoever stops all processes of a job may well send it to one of them twice. Signals
    that the process was told to ignore stay ignored. Outside the main thread nothing is changed.
    """

    def __init__(self) -> None:
        self.pending = False
        self._open = False
        self._before: dict[signal.Signals, Any] = {}

    def __enter__(self) -> "Interrupts":
        if threading.current_thread() is threading.main_thread():
            for number in (signal.SIGINT, signal.SIGTERM):
                if signal.getsignal(number) != signal.SIG_IGN:
                    self._before[number] = signal.signal(number, self._received)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for number, handler in self._before.items():
            signal.signal(number, handler)

    def check(self) -> None:
        """Raise `Stopped` if a signal has come."""
        if self.pending:
            raise Stopped

    @contextmanager
    def anywhere(self) -> Iterator[None]:
        """Raise `Stopped` as soon as a signal comes: for work that changes no state of the training."""
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
