"""Start the processes that train one model together on this machine, and watch them."""

import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from contextlib import suppress
from typing import IO

import torch

from jointre.errors import Fault, TrainingError, UsageError
from jointre.training.child_processes import SAVE, cores, environment, own_group
from jointre.training.interrupts import Interrupts

PROGRAM = (sys.executable, "-m", "jointre")
LAUNCHED = "JOINTRE_LAUNCHED"
"""The environment variable that tells a process that it was started here; see `watch_stdin`."""
REPORTED = 75
"""Exit code of a process besides the first if the first one has reported the error."""
ENDED, INTERRUPTED = 0, 130
TICK = 0.05
GRACE_SECONDS = 15.0
"""Time in which processes can end by themselves when another one has failed."""


def refuse_count(count: int, device: torch.device, name: str) -> None:
    """Refuse to start more processes than there are GPUs, unless they run on the CPU.

    Args:
        count: number of processes.
        device: on which the run would be.
        name: ``system.device`` as it was given.

    Raises:
        UsageError: there are too few GPUs, or the config names a single one.
    """
    if device.type == "cpu":
        return
    found = torch.cuda.device_count()
    remedy = f"use at most {found}; or --device cpu"
    fault = Fault(f"each process needs a GPU of its own, and this machine has {found}", "--processes", remedy)
    if ":" in name:
        fault = Fault(
            f"{name!r} is a single GPU", "system.device", "use cuda: each process then gets its own"
        )
    if found < count or ":" in name:
        raise UsageError(f"cannot start {count} processes", [fault])


def launch(arguments: Sequence[str], count: int, threads: int | None) -> int:
    """Run a command of jointre in several processes that work together, and return its exit code.

    Signals are passed on. The processes end with this one, even if it is killed.

    Args:
        arguments: of the command line.
        count: number of processes.
        threads: CPU threads of each process; None to share the cores.

    Raises:
        TrainingError: a process was killed.
        KeyboardInterrupt: Ctrl-C was pressed again; the processes are killed.
    """
    interrupts, asked = Interrupts(), False
    with interrupts, _Group(arguments, count, threads) as group:
        failed: float | None = None
        while None in (codes := group.codes()):
            if interrupts.pending and not asked:
                asked = True
                group.stop()
            if interrupts.save_asked():
                group.save()
            if failed is None and any(code not in (None, ENDED, INTERRUPTED) for code in codes):
                failed = time.monotonic()
            if failed is not None and time.monotonic() - failed > GRACE_SECONDS:
                group.kill()
            time.sleep(TICK)
        return group.result([code for code in codes if code is not None])


class _Group:
    """The processes. Messages of the first one are shown, those of the others only if they fail alone."""

    def __init__(self, arguments: Sequence[str], count: int, threads: int | None) -> None:
        told = {
            **environment(max(cores() // count, 1) if threads is None else None),
            "WORLD_SIZE": str(count),
            "LOCAL_WORLD_SIZE": str(count),
            "MASTER_ADDR": "127.0.0.1",
            "MASTER_PORT": str(_free_port()),
            LAUNCHED: "1",
        }
        command = [*PROGRAM, *arguments]
        self.errors: list[IO[bytes] | None] = [None]
        for _ in range(count - 1):
            self.errors.append(tempfile.TemporaryFile())  # noqa: SIM115
        self.killed: list[int] = []
        self.processes = [
            subprocess.Popen(
                command,
                stdin=subprocess.PIPE,
                stdout=None if number == 0 else subprocess.DEVNULL,
                stderr=self.errors[number],
                env={**told, "RANK": str(number), "LOCAL_RANK": str(number)},
                **own_group(),
            )
            for number in range(count)
        ]

    def __enter__(self) -> "_Group":
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()
        self.kill()
        for errors in self.errors[1:]:
            assert errors is not None
            errors.close()

    def codes(self) -> list[int | None]:
        """Return the exit code of each process; None while it is running."""
        return [process.poll() for process in self.processes]

    def save(self) -> None:
        """Ask for a checkpoint."""
        stdin = self.processes[0].stdin
        assert stdin is not None
        with suppress(OSError, ValueError):  # the process has ended or is stopping
            stdin.write(SAVE)
            stdin.flush()

    def stop(self) -> None:
        """Ask all processes to save a checkpoint and stop."""
        for process in self.processes:
            assert process.stdin is not None
            with suppress(OSError):
                process.stdin.close()

    def kill(self) -> None:
        """Kill the processes that have not ended."""
        for number, process in enumerate(self.processes):
            if process.poll() is None:
                self.killed.append(number)
                process.kill()
                process.wait()

    def result(self, codes: Sequence[int]) -> int:
        """Return the exit code of the command.

        Raises:
            TrainingError: a process was killed, or failed without a message of the first process.
        """
        count = len(codes)
        for number, code in enumerate(codes):
            if code < 0 and number not in self.killed:
                name = signal.Signals(-code).name if -code in set(signal.Signals) else f"signal {-code}"
                hint = ", perhaps because memory ran out" if -code == getattr(signal, "SIGKILL", 9) else ""
                what = f"process {number} of {count} was killed by {name}{hint}; the others were stopped"
                raise TrainingError(what, "repeat the command with --resume")
        for number, code in enumerate(codes[1:], 1):
            if code not in (ENDED, INTERRUPTED, REPORTED):
                raise TrainingError(f"process {number} of {count} failed{self._message(number)}")
        return codes[0] if codes[0] >= 0 else 1

    def _message(self, number: int) -> str:
        errors = self.errors[number]
        assert errors is not None
        errors.seek(0)
        text = errors.read().decode("utf8", "replace").strip()
        return f":\n{text}" if text else ""


def _free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
    return port


def is_launched() -> bool:
    """Return whether this process was started by `launch`."""
    return os.environ.get(LAUNCHED) == "1"
