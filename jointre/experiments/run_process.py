"""Start the processes of runs: on Linux as forks of a process that has imported everything, elsewhere from scratch."""

import os
import select
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from typing import IO, Protocol

from jointre.training.child_processes import own_group

PROGRAM = (sys.executable, "-m", "jointre.experiments.run_one")
SERVER = (sys.executable, "-m", "jointre.experiments.fork_server")
FORKS = sys.platform == "linux"  # system libraries of macOS do not survive a fork
Environment = Mapping[str, str]


class Process(Protocol):
    """The part of `subprocess.Popen` that a worker needs."""

    stdin: IO[bytes] | None
    stdout: IO[bytes] | None

    def poll(self) -> int | None:
        """Return the exit code, negative for a signal; None while the process is running."""

    def kill(self) -> None:
        """Kill the process."""

    def wait(self) -> int:
        """Wait for the exit code."""


Start = Callable[[Environment, IO[bytes]], Process]
"""Starts the process of a run with an environment and a log for its stderr."""


def new_interpreter(environment: Environment, log: IO[bytes]) -> Process:
    """Start the process of a run in a new interpreter."""
    pipe = subprocess.PIPE
    return subprocess.Popen(PROGRAM, stdin=pipe, stdout=pipe, stderr=log, env=environment, **own_group())


@contextmanager
def forking() -> Iterator[Start]:
    """Return a context whose value starts processes of runs in the fastest way that this system allows."""
    if not FORKS:
        yield new_interpreter
        return
    servers: dict[frozenset[tuple[str, str]], ForkServer] = {}

    def start(environment: Environment, log: IO[bytes]) -> Process:
        key = frozenset(environment.items())
        if key in servers:
            with suppress(OSError):  # the server was killed
                return servers[key].fork(log)
            servers[key].close()
        servers[key] = ForkServer(environment, log)
        return servers[key].fork(log)

    try:
        yield start
    finally:
        for server in servers.values():
            server.close()


class ForkServer:
    """A `jointre.experiments.fork_server`.

    Args:
        environment: of the server and of its forks, so that limits of threads hold from the first import.
        log: for messages of the server, such as those of imports.
    """

    def __init__(self, environment: Environment, log: IO[bytes]) -> None:
        self._connection, there = socket.socketpair()
        with there:
            handle = there.fileno()
            self._process = subprocess.Popen(
                (*SERVER, str(handle)),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                env=environment,
                pass_fds=[handle],
                start_new_session=True,
            )

    def fork(self, log: IO[bytes]) -> "ForkedProcess":
        """Start the process of a run; it begins once the server has imported everything.

        Raises:
            OSError: the server has ended.
        """
        return ForkedProcess(self._connection, log)

    def close(self) -> None:
        """End the server; its forks continue."""
        self._connection.close()
        self._process.kill()
        self._process.wait()


class ForkedProcess:
    """The process of a run that a server forks; see `Process`."""

    def __init__(self, connection: socket.socket, log: IO[bytes]) -> None:
        (stdin, given), (printed, stdout), (self._report, report) = os.pipe(), os.pipe(), os.pipe()
        try:
            socket.send_fds(connection, [b"+"], [stdin, stdout, log.fileno(), report])
        except OSError:
            for unused in (given, printed, self._report):
                os.close(unused)
            raise
        finally:
            for sent in (stdin, stdout, report):
                os.close(sent)
        self.stdin: IO[bytes] | None = open(given, "wb")  # noqa: SIM115
        self.stdout: IO[bytes] | None = open(printed, "rb")  # noqa: SIM115
        os.set_blocking(self._report, False)
        self._reported = b""
        self._code: int | None = None

    @property
    def _process(self) -> int | None:
        """The number of the process; None if the server has not reported it yet."""
        return int(self._reported.split()[0]) if b"\n" in self._reported else None

    def poll(self) -> int | None:
        """Return the exit code, negative for a signal; None while the process is running."""
        if self._code is None:
            with suppress(BlockingIOError):
                while part := os.read(self._report, 64):
                    self._reported += part
                os.close(self._report)
                self._code = self._last_code()
        return self._code

    def _last_code(self) -> int:
        """Return the exit code when the server has said all that it will say. If it was killed, kill the run."""
        numbers = self._reported.split()
        if len(numbers) == 2:
            return int(numbers[1])
        if self._process is not None:
            with suppress(ProcessLookupError):
                os.kill(self._process, signal.SIGKILL)
            return -signal.SIGKILL
        return 1

    def kill(self) -> None:
        """Kill the process; wait for its start if the server is still importing."""
        while self.poll() is None and self._process is None:
            select.select([self._report], [], [])
        if self.poll() is None and self._process is not None:
            with suppress(ProcessLookupError):
                os.kill(self._process, signal.SIGKILL)

    def wait(self) -> int:
        """Wait for the exit code."""
        while (code := self.poll()) is None:
            select.select([self._report], [], [])
        return code
