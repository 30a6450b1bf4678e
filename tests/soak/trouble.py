"""Run a command once and disturb it at a random moment."""

import os
import resource
import signal
import subprocess
import time
from collections.abc import Sequence
from dataclasses import dataclass
from random import Random

SIGNALS = ("SIGKILL", "SIGTERM", "SIGINT", "SIGHUP", "SIGUSR1")
FULL = "full disk"
TROUBLES = (*SIGNALS, FULL)
PATIENCE = 600.0  # seconds, after which an attempt counts as hung
BAD = ("Traceback", "fault of jointre", "Exception ignored")


@dataclass(frozen=True)
class Attempt:
    """The result of an attempt: the disturbance, whether it came in time, exit code, messages, seconds."""

    trouble: str
    hit: bool
    code: int
    said: str
    seconds: float

    def faults(self) -> list[str]:
        """Return the faults that must not occur after this disturbance."""
        found = [f"prints {word!r}" for word in BAD if word in self.said and self.code >= 0]
        if self.code not in _expected(self.trouble, self.hit):
            found.append(f"exit code {self.code}")
        return [f"{self.trouble or 'undisturbed'}: {fault}\n{self.said[-1500:]}" for fault in found]


def _expected(trouble: str, hit: bool) -> tuple[int, ...]:
    if trouble == FULL:
        return (0, 1)
    if not hit or trouble == "SIGUSR1":
        return (0, -int(signal.SIGUSR1))  # as below
    number = -int(signal.Signals[trouble])
    # A signal that comes before Python itself has started, or after the work is done, ends the process as usual.
    return (number,) if trouble == "SIGKILL" else (130, number, 0)


def undisturbed(command: Sequence[str]) -> Attempt:
    """Run a command without disturbance."""
    begin = time.monotonic()
    code, said, _ = _run(command, None, 0.0, False, None)
    return Attempt("", False, code, said, time.monotonic() - begin)


def disturbed(command: Sequence[str], chance: Random, seconds: float, largest: int) -> Attempt:
    """Run a command with a random disturbance.

    Args:
        command: the command.
        chance: draws the disturbance and its moment.
        seconds: duration of the undisturbed command.
        largest: size in bytes of the largest file that it writes.
    """
    trouble = chance.choice(TROUBLES)
    begin = time.monotonic()
    moment, to_all = chance.uniform(0.0, 0.8 * seconds), chance.random() < 0.5
    if trouble == FULL:
        code, said, _ = _run(command, None, 0.0, False, int(chance.uniform(0, largest)))
        return Attempt(trouble, code != 0, code, said, time.monotonic() - begin)
    code, said, hit = _run(command, signal.Signals[trouble], moment, to_all, None)
    return Attempt(trouble, hit, code, said, time.monotonic() - begin)


def _run(
    command: Sequence[str], number: signal.Signals | None, moment: float, to_all: bool, limit: int | None
) -> tuple[int, str, bool]:
    def prepare() -> None:
        signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell in the background has it ignored
        if limit is not None:
            resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))

    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, start_new_session=True, preexec_fn=prepare
    ) as process:
        hit = False
        if number is not None:
            try:
                said, _ = process.communicate(timeout=moment)
            except subprocess.TimeoutExpired:
                hit = True
                (os.killpg if to_all else os.kill)(process.pid, number)
        try:
            said, _ = process.communicate(timeout=PATIENCE)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            said, _ = process.communicate()
            said += b"\n(it hung, and was killed)"
    return process.returncode, said.decode(errors="replace"), hit
