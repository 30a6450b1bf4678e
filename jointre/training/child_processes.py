"""Start processes of jointre that end with the process that started them."""

import os
import signal
import subprocess
import sys
from typing import Any

from jointre import signals

SAVE = b"save\n"
"""What is written to the stdin of a child process to request a checkpoint; see `watch_stdin`."""


def cores() -> int:
    """Return the number of CPU cores that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def environment(threads: int | None) -> dict[str, str]:
    """Return the environment of this process, with its import path and a limit of CPU threads."""
    path = os.pathsep.join(dict.fromkeys(part or os.getcwd() for part in sys.path))
    found = {**os.environ, "PYTHONPATH": path, "PYTHONSAFEPATH": "1", "PYTHONUNBUFFERED": "1"}
    if threads is not None:
        set_already = os.environ.get("OMP_NUM_THREADS", "")
        most = int(set_already) if set_already.isdigit() and int(set_already) else threads
        found["OMP_NUM_THREADS"] = str(min(most, threads))
    return found


def own_group() -> dict[str, Any]:
    """Return the option that starts a process group, so that Ctrl-C in a terminal reaches only this process."""
    if os.name == "nt":
        return {"creationflags": subprocess.CREATE_NEW_PROCESS_GROUP}  # type: ignore[attr-defined]
    return {"start_new_session": True}


def watch_stdin() -> None:
    """Raise the signal that saves a checkpoint for each line, and SIGTERM when stdin ends."""
    while os.read(0, 1024):  # sys.stdin has a lock that the interpreter needs at exit
        for number in signals.SAVING:
            signal.raise_signal(number)
    signal.raise_signal(signal.SIGTERM)
