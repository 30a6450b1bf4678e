"""Run ``jointre ARGUMENTS`` in a process of its own, without the seconds that a new interpreter needs for imports.

The process is a fork of the one that runs the tests, which has imported everything. It has its own arguments,
environment, standard streams, working folder and signals, and can be killed.
"""

import os
import signal
import subprocess
import sys
import tempfile
import time
import traceback
from collections.abc import Mapping
from typing import IO, Any

FORKS = hasattr(os, "fork")


class CommandProcess:
    """A running command, with the part of the interface of `subprocess.Popen` that tests need."""

    def __init__(
        self,
        arguments: list[str],
        environment: Mapping[str, str],
        stdin: IO[Any] | int,
        stdout: IO[Any] | int,
        stderr: IO[Any] | int,
    ) -> None:
        streams = [
            stream if isinstance(stream, int) else stream.fileno() for stream in (stdin, stdout, stderr)
        ]
        self.returncode: int | None = None
        self.pid = os.fork()
        if not self.pid:
            _be_the_command(arguments, environment, streams)

    def send_signal(self, number: int) -> None:
        """Send the process a signal."""
        if self.poll() is None:
            os.kill(self.pid, number)

    def kill(self) -> None:
        """Kill the process."""
        self.send_signal(signal.SIGKILL)

    def poll(self) -> int | None:
        """The exit code, negative for the signal that ended it, or None while it runs."""
        if self.returncode is None:
            done, status = os.waitpid(self.pid, os.WNOHANG)
            if done:
                self.returncode = os.waitstatus_to_exitcode(status)
        return self.returncode

    def wait(self, timeout: float = 120.0) -> int:
        """Wait for the exit code."""
        end = time.monotonic() + timeout
        while self.poll() is None:
            if time.monotonic() > end:
                self.kill()
                raise TimeoutError(f"the command did not end in {timeout} seconds")
            time.sleep(0.01)
        assert self.returncode is not None
        return self.returncode


def start(
    arguments: list[str],
    environment: Mapping[str, str],
    stdin: IO[Any] | int,
    stdout: IO[Any] | int,
    stderr: IO[Any] | int,
) -> "CommandProcess | subprocess.Popen[bytes]":
    """Start a command; where a system cannot fork, in a new interpreter."""
    if FORKS:
        return CommandProcess(arguments, environment, stdin, stdout, stderr)
    command = [sys.executable, "-m", "jointre", *arguments]
    return subprocess.Popen(command, env=dict(environment), stdin=stdin, stdout=stdout, stderr=stderr)


def completed(
    arguments: list[str], environment: Mapping[str, str], stdin: str = "", timeout: float = 120.0
) -> "subprocess.CompletedProcess[str]":
    """Run a command to its end; returns its exit code and what it wrote."""
    with (
        tempfile.TemporaryFile() as given,
        tempfile.TemporaryFile() as out,
        tempfile.TemporaryFile() as errors,
    ):
        given.write(stdin.encode())
        given.seek(0)
        code = start(arguments, environment, given, out, errors).wait(timeout)
        for file in (out, errors):
            file.seek(0)
        return subprocess.CompletedProcess(arguments, code, out.read().decode(), errors.read().decode())


def _be_the_command(arguments: list[str], environment: Mapping[str, str], streams: list[int]) -> None:
    code = 1
    try:
        for number in range(1, signal.NSIG):
            if signal.getsignal(number) not in (None, signal.SIG_DFL):
                signal.signal(number, signal.SIG_DFL)
        signal.signal(signal.SIGINT, signal.default_int_handler)
        for here, stream in enumerate(streams):
            os.dup2(stream, here)
        sys.stdin, sys.stdout, sys.stderr = (
            open(number, mode, encoding="utf8", closefd=False)  # noqa: SIM115
            for number, mode in ((0, "r"), (1, "w"), (2, "w"))
        )
        os.environ.clear()
        os.environ.update(environment)
        sys.argv = ["jointre", *arguments]
        from jointre.__main__ import main

        main()
        code = 0
    except SystemExit as ended:
        code = ended.code if isinstance(ended.code, int) else 1
    except BaseException:
        traceback.print_exc()
    finally:
        for stream in (sys.stdout, sys.stderr):
            stream.flush()
        os._exit(code)
