"""Fork a process for each run, after importing everything once: ``python -m jointre.experiments.fork_server SOCKET``.

A fork saves the CPU time of importing torch and transformers, and is as separate as a new interpreter: what a run
seeds, imports or changes ends with it. The server asks for no GPU and computes nothing, so forks may do both.

For each run, one byte comes through the socket, with four file descriptors: stdin, stdout and stderr of the run, and a
pipe to which the server writes the number of the process and later its exit code, a line each. The server ends when the
socket is closed; its forks do not.
"""

import os
import select
import signal
import socket
import sys
from contextlib import suppress
from importlib import import_module

from jointre import signals

PRELOADED = (
    "jointre.experiments.run_one",
    "transformers.models.auto.modeling_auto",
    "transformers.modeling_utils",
)


def main() -> int:
    """Serve until the socket is closed; in a fork, do the run and return its exit code."""
    handlers = {number: signal.getsignal(number) for number in (*signals.ENDING, *signals.SAVING)}
    for number in handlers:  # a batch system signals all processes; the runner decides when this one ends
        signal.signal(number, signal.SIG_IGN)
    connection = socket.socket(fileno=int(sys.argv[1]))
    for name in PRELOADED:
        import_module(name)
    if not _serve(connection):
        return 0
    for number, handler in handlers.items():
        signal.signal(number, handler)
    return int(import_module(PRELOADED[0]).main())


def _serve(connection: socket.socket) -> bool:
    """Fork when the other side asks for it. Return True in a fork, and False when the connection is closed."""
    reports: dict[int, int] = {}  # process -> pipe
    awake, wake = socket.socketpair()
    wake.setblocking(False)
    signal.set_wakeup_fd(wake.fileno())
    signal.signal(signal.SIGCHLD, lambda *_: None)  # without a handler, nothing is written to `wake`
    while True:
        ready, _, _ = select.select([connection, awake], [], [])
        if awake in ready:
            awake.recv(4096)
            _report_ended(reports)
        if connection in ready:
            asked, streams, _, _ = socket.recv_fds(connection, 1, 4)
            if not asked:
                return False
            process = os.fork()
            if not process:
                signal.set_wakeup_fd(-1)
                signal.signal(signal.SIGCHLD, signal.SIG_DFL)
                _become_the_run(streams[:3])
                for used in (*streams, *reports.values(), *(s.detach() for s in (connection, awake, wake))):
                    os.close(used)
                return True
            reports[process] = streams[3]
            _report(streams[3], process)
            for stream in streams[:3]:
                os.close(stream)


def _become_the_run(streams: list[int]) -> None:
    os.setsid()
    for number, stream in enumerate(streams):
        os.dup2(stream, number)


def _report_ended(reports: dict[int, int]) -> None:
    for process, report in list(reports.items()):
        ended, status = os.waitpid(process, os.WNOHANG)
        if ended:
            _report(report, os.waitstatus_to_exitcode(status))
            os.close(report)
            del reports[process]


def _report(report: int, number: int) -> None:
    with suppress(OSError):  # the runner was killed
        os.write(report, f"{number}\n".encode())


if __name__ == "__main__":
    sys.exit(main())
