"""Signals: the first one that asks a command to end unwinds it, so that files and terminal are left in order.

This module is imported before everything else, so it imports little itself. A run that can be stopped and continued
handles signals by itself; see `jointre.training.interrupts`.
"""

import _thread
import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from types import FrameType
from typing import Any

ENDING = tuple(getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name))
SAVING = tuple(getattr(signal, name) for name in ("SIGUSR1",) if hasattr(signal, name))
GRACE_SECONDS = 60
INTERRUPTED = "interrupted; nothing more was written"
received: list[int] = []
"""The signals to end that have arrived, except those that a run has handled."""


class Lasting:
    """A stream for messages. If nobody can read them any more they are lost, but the work continues.

    The reader is gone if the terminal was closed, or if Ctrl-C has ended ``tee`` in a pipe before this process.
    """

    def __init__(self, stream: Any) -> None:
        self._stream = stream

    def write(self, text: str) -> int:
        """Write if that is possible."""
        with suppress(OSError):
            self._stream.write(text)
        return len(text)

    def flush(self) -> None:
        """Flush if that is possible."""
        with suppress(OSError):
            self._stream.flush()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)


def install() -> None:
    """Handle signals until the end of the process.

    SIGUSR1, with which batch systems announce a time limit, never ends a command: if there is no checkpoint to save,
    it does nothing.
    """
    for number in ENDING:
        if signal.getsignal(number) != signal.SIG_IGN:
            signal.signal(number, _end)
    for number in SAVING:
        if signal.getsignal(number) == signal.SIG_DFL:
            signal.signal(number, signal.SIG_IGN)
    sys.unraisablehook = _unraisable
    if not isinstance(sys.stderr, Lasting):
        sys.stderr = Lasting(sys.stderr)


def uninstall() -> None:
    """Restore the defaults when the work is done: a signal then ends the process without a message or traceback."""
    for number in ENDING:
        if signal.getsignal(number) == _end:
            signal.signal(number, signal.SIG_DFL)
    # CPython remembers that a KeyboardInterrupt has passed through exec(TEXT), as dataclasses call it, and then ends
    # `python -m jointre` by SIGINT whatever its exit code is. Another exec makes it forget that.
    exec("")


@contextmanager
def held_back() -> Iterator[None]:
    """Hold signals back, also in processes that are started in the block, until `leave_signals_to_the_parent`.

    Ctrl-C reaches all processes of a terminal, and a process that still imports libraries would end with a traceback.
    New processes inherit the signal mask. In this process, a signal may reach a thread without the mask, and its
    handler would still run here; so the handlers are replaced in the block, and called at its end.
    """
    if not hasattr(signal, "pthread_sigmask") or threading.current_thread() is not threading.main_thread():
        yield
        return
    came: list[int] = []
    handlers = {number: signal.getsignal(number) for number in (*ENDING, *SAVING)}
    handled = [number for number, handler in handlers.items() if callable(handler)]
    before = signal.pthread_sigmask(signal.SIG_BLOCK, (*ENDING, *SAVING))
    try:
        for number in handled:
            signal.signal(number, lambda number, frame: came.append(number))
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
        for number in handled:
            signal.signal(number, handlers[number])
        for number in came:
            signal.raise_signal(number)


def leave_signals_to_the_parent(*_: Any) -> None:
    """Let the main process decide what a signal does, and when this worker process is no longer needed.

    A batch system sends SIGTERM to all processes of a job. A worker that receives it lives on for a while, because the
    main process may need it to finish the current update.
    """
    for number in (*ENDING, *SAVING):
        signal.signal(number, signal.SIG_IGN)
    if hasattr(signal, "alarm"):
        signal.signal(signal.SIGTERM, lambda number, frame: signal.alarm(GRACE_SECONDS))
    if hasattr(signal, "pthread_sigmask"):
        signal.pthread_sigmask(signal.SIG_UNBLOCK, (*ENDING, *SAVING))


def _end(number: int, frame: FrameType | None) -> None:
    received.append(number)
    if len(received) == 1 or number == signal.SIGINT:
        raise KeyboardInterrupt


def _unraisable(event: "sys.UnraisableHookArgs") -> None:
    """If Python drops an interruption, as it does in a destructor, interrupt again afterwards."""
    if event.exc_type is KeyboardInterrupt:
        threading.Timer(0.01, _thread.interrupt_main).start()  # at once, it would be raised in here
    else:
        sys.__unraisablehook__(event)
